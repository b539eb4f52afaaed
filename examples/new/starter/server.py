"""my-game's server, on plain sockets: it passes each player's lines on to all the others.

Run it:   python server.py [PORT]

    server to a newcomer     newPlayer ID   for each player who is there, then   myIDis ID
    server to the others     newPlayer ID   somebody came;   left ID   somebody has gone
    player to server         move 5 0       an instruction and its details
    server to the others     move ID 5 0    the same, with the sender's ID put in
"""

import queue
import socket
import sys
import threading


def read_player(connection, events):
    """Put each line of this player into the queue. A piece from recv may end anywhere, even inside a letter."""
    partial = b""
    try:
        while piece := connection.recv(1024):
            *lines, partial = (partial + piece).split(b"\n")
            for line in lines:
                events.put(("said", connection, line.decode(errors="replace")))
    except OSError:
        pass  # a cable was pulled, a program was killed: the player has left, too
    events.put(("left", connection, ""))


def send(connection, *words):
    try:
        connection.sendall((" ".join(words) + "\n").encode())
    except OSError:
        pass  # this player has just gone; the thread that reads will say so


def relay(events):
    """Take one event after the other out of the queue. Only this thread knows the players: nothing needs a lock."""
    players, came = {}, 0  # connection -> ID; players so far
    while True:
        kind, connection, line = events.get()
        if kind == "joined":
            came += 1
            for other, other_id in players.items():
                send(other, "newPlayer", f"player{came}")
                send(connection, "newPlayer", other_id)
            players[connection] = f"player{came}"
            send(connection, "myIDis", players[connection])
        words = ["left"] if kind == "left" else line.split()
        for other in players:
            if words and other is not connection:
                send(other, words[0], players[connection], *words[1:])
        if kind == "left":
            del players[connection]
            connection.close()


def main():
    listener = socket.create_server(("", int(sys.argv[1]) if len(sys.argv) > 1 else 50003))
    print("Listening on port", listener.getsockname()[1], flush=True)
    events = queue.Queue()
    threading.Thread(target=relay, args=[events], daemon=True).start()
    while True:
        connection, _address = listener.accept()
        events.put(("joined", connection, ""))
        threading.Thread(target=read_player, args=[connection, events], daemon=True).start()


main()
