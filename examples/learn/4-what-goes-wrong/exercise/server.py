"""Chapter 3's server, with six faults: python server.py [port]

Find them and mend them. And from now on, whoever leaves is told to the others: `left Ada`.
"""

import queue
import socket
import sys
import threading

NAMES = ["Ada", "Grace", "Alan", "Radia", "Guido", "Annie", "Anita", "Niklaus"]


def read_player(connection, events):
    """Put everything that this player says into the queue, until the player is gone."""
    while True:
        piece = connection.recv(1024)
        if not piece:
            return
        events.put(("said", connection, piece.decode()))


def send(connection, *words):
    connection.sendall((" ".join(words) + "\n").encode())


def relay(events):
    """Take one event after the other out of the queue and tell those it concerns."""
    players = {}  # connection -> ID
    came = 0
    while True:
        kind, connection, line = events.get()
        if kind == "joined":
            new_id = NAMES[came] if came < len(NAMES) else f"Player{came + 1}"
            came += 1
            for other, other_id in players.items():
                send(other, "newPlayer", new_id)
                send(connection, "newPlayer", other_id)
            send(connection, "myIDis", new_id, "")
            players[connection] = new_id
            print(new_id, "joined", flush=True)
        elif words := line.split():
            instruction, *details = words
            for other in players:
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


main()
