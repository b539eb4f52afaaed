"""A chat server in which nobody waits for a slow reader: a pile and a thread for each friend."""

import queue
import socket
import threading

MOST = 400  # letters that may wait for one friend
piles = {}  # connection -> the letters that wait for this friend


def post(connection, pile):
    """Send one letter after the other; only this thread waits for this friend."""
    try:
        while line := pile.get():
            connection.sendall(line)
    except OSError:
        pass  # this friend has just gone; the thread that reads will notice


def give(connection, line):
    """Put a letter on a friend's pile. Whose pile is full has to go."""
    try:
        piles[connection].put_nowait(line)
    except queue.Full:
        print("A friend does not read, and has to go")
        connection.shutdown(socket.SHUT_RDWR)
    except (KeyError, OSError):
        pass  # this friend has just gone


def serve(connection):
    pile = piles[connection] = queue.Queue(MOST)
    threading.Thread(target=post, args=[connection, pile], daemon=True).start()
    try:
        for line in connection.makefile("rb"):
            for other in list(piles):
                if other is not connection:
                    give(other, line)
    except OSError:
        pass  # the program was killed, or the cable was pulled
    del piles[connection]
    connection.close()


listener = socket.create_server(("", 50003))
print("Listening on port 50003")
while True:
    connection, address = listener.accept()
    threading.Thread(target=serve, args=[connection], daemon=True).start()
