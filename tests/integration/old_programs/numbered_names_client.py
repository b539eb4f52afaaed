import socket
import sys
import threading

SIDES = {"player1": "left", "player2": "right"}
server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))


def listen():
    for line in server.makefile(encoding="utf-8"):
        command, player, *details = line.split()
        if command == "myIDis":
            print("my paddle is on the", SIDES[player])
        elif command == "newPlayer":
            print("a paddle on the", SIDES[player])
        elif command == "paddle":
            print("the", SIDES[player], "paddle is at", int(details[0]))


threading.Thread(target=listen, daemon=True).start()
for typed in sys.stdin:
    server.sendall(typed.encode())
