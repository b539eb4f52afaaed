"""A chat server that notices who has gone."""

import socket
import threading

friends = []


def send(connection, line):
    try:
        connection.sendall(line)
    except OSError:
        pass  # this friend has just gone; the thread that reads will notice


def serve(connection):
    friends.append(connection)
    try:
        for line in connection.makefile("rb"):
            for other in friends.copy():
                if other is not connection:
                    send(other, line)
    except OSError:
        pass  # the program was killed, or the cable was pulled
    friends.remove(connection)
    connection.close()
    print("A friend has gone,", len(friends), "are here")


listener = socket.create_server(("", 50003))
print("Listening on port 50003")
while True:
    connection, address = listener.accept()
    threading.Thread(target=serve, args=[connection], daemon=True).start()
