"""Chapter 3's server, with its six faults mended: python server.py [port]

1. A piece is no message: pieces are put together, and cut at the line ends.
2. An é may come in two pieces: whole lines are decoded, and never pieces.
3. Bytes that are no text end nothing: they become the sign for "no letter".
4. Whoever is gone is off the list, however they went; and the others are told: `left Ada`.
5. The sender hears nothing of its own.
6. Nobody waits for a slow reader: each player has a pile of lines, and a thread that sends them.
"""

import queue
import socket
import sys
import threading

NAMES = ["Ada", "Grace", "Alan", "Radia", "Guido", "Annie", "Anita", "Niklaus"]
MOST = 10_000  # lines that may wait for one player


def read_player(connection, events):
    """Put every line that this player sends into the queue, until the player is gone."""
    partial = b""
    while True:
        try:
            piece = connection.recv(1024)
        except OSError:  # the cable was pulled, the program was killed
            piece = b""
        if not piece:
            events.put(("left", connection, ""))
            return
        *lines, partial = (partial + piece).split(b"\n")
        for line in lines:
            events.put(("said", connection, line.decode(errors="replace")))


def post(connection, pile):
    """Send one line after the other; only this thread waits for this player."""
    try:
        while line := pile.get():
            connection.sendall(line)
    except OSError:
        pass  # this player has just gone; the thread that reads will say so
    connection.close()


def hang_up(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side has done it already


def relay(events):
    """Take one event after the other out of the queue and tell those it concerns."""
    players = {}  # connection -> ID
    piles = {}  # connection -> the lines that wait for it
    came = 0

    def send(connection, *words):
        try:
            piles[connection].put_nowait((" ".join(words) + "\n").encode())
        except queue.Full:
            hang_up(connection)  # the thread that reads will say that this player has left

    while True:
        kind, connection, line = events.get()
        if kind == "joined":
            piles[connection] = queue.Queue(MOST)
            threading.Thread(target=post, args=[connection, piles[connection]], daemon=True).start()
            new_id = NAMES[came] if came < len(NAMES) else f"Player{came + 1}"
            came += 1
            for other, other_id in players.items():
                send(other, "newPlayer", new_id)
                send(connection, "newPlayer", other_id)
            send(connection, "myIDis", new_id, "")
            players[connection] = new_id
            print(new_id, "joined", flush=True)
        elif kind == "left":
            gone = players.pop(connection)
            pile = piles.pop(connection)
            hang_up(connection)
            if not pile.full():
                pile.put(b"")  # the thread that posts ends; where the pile is full, sending has just failed
            for other in players:
                send(other, "left", gone)
            print(gone, "left", flush=True)
        elif words := line.split():
            instruction, *details = words
            for other in players:
                if other is not connection:  # the sender has done it already
                    send(other, instruction, players[connection], *details)


def main():
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 50003
    listener = socket.create_server(("", port))
    print("Listening on port", listener.getsockname()[1], flush=True)
    events = queue.Queue()
    threading.Thread(target=relay, args=[events], daemon=True).start()
    while True:
        connection, _address = listener.accept()
        events.put(("joined", connection, ""))
        threading.Thread(target=read_player, args=[connection, events], daemon=True).start()


try:
    main()
except KeyboardInterrupt:
    print("Goodbye.")
