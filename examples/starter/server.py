"""The beginner's server: it passes each player's messages on to all the others.

Run it:   python server.py [port]

The language it speaks, one message a line, words separated by single blanks:

    server to a new player   newPlayer ID       once for each player who is already there
                             myIDis ID          who you are
    server to the others     newPlayer ID       somebody came
    player to server         move 5 0           an instruction and its details
    server to the others     move Ada 5 0       the same, with the sender's ID put in

One thread accepts players, one for each player reads what that player sends, and one
alone, the relay, keeps the list of players and writes to them. All meet at one queue:
nothing needs a lock. What is missing here: a player whose program stops reading makes
everybody wait, and nobody is told who has left.
"""

import queue
import socket
import sys
import threading

NAMES = ["Ada", "Grace", "Alan", "Radia", "Guido", "Annie", "Anita", "Niklaus"]


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
        # TCP carries bytes, not messages: a piece may hold half a line, or three and a half.
        # What follows the last line end waits for the next piece. We split before we decode:
        # é is two bytes, and a piece may end between them. A whole line ends after a letter.
        *lines, partial = (partial + piece).split(b"\n")
        for line in lines:
            events.put(("said", connection, line.decode("utf-8", errors="replace")))


def send(connection, *words):
    try:
        connection.sendall((" ".join(words) + "\n").encode())
    except OSError:
        pass  # this player has just gone; the thread that reads will say so


def relay(events):
    """Take one event after the other out of the queue and tell those it concerns."""
    players = {}  # connection -> ID
    came = 0  # players so far: a name is given once, and nobody takes over another's dot
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
        elif kind == "left":
            print(players.pop(connection), "left", flush=True)
            connection.close()
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
    # daemon=True: these threads end with the program, else Ctrl-C would wait for them forever.
    threading.Thread(target=relay, args=[events], daemon=True).start()
    while True:
        connection, _address = listener.accept()
        events.put(("joined", connection, ""))
        threading.Thread(target=read_player, args=[connection, events], daemon=True).start()


try:
    main()
except KeyboardInterrupt:
    print("Goodbye.")
except (OSError, ValueError, OverflowError) as problem:  # the port is taken, or no port at all
    sys.exit(f"The server cannot run: {problem}")
