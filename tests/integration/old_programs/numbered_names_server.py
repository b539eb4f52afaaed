# Ping-pong for two: player1 is on the left, player2 on the right.
import socket
import sys
import threading

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("looking for connections on", server.getsockname()[1])
sides = {}


def play(me, other):
    for line in sides[me].makefile(encoding="utf-8"):
        command, *rest = line.split()
        sides[other].sendall((" ".join([command, me, *rest]) + "\n").encode())


sides["player1"], _ = server.accept()
sides["player1"].sendall(b"myIDis player1\n")
sides["player2"], _ = server.accept()
sides["player1"].sendall(b"newPlayer player2\n")
sides["player2"].sendall(b"newPlayer player1\nmyIDis player2\n")
threading.Thread(target=play, args=["player1", "player2"], daemon=True).start()
threading.Thread(target=play, args=["player2", "player1"], daemon=True).start()
threading.Event().wait()
