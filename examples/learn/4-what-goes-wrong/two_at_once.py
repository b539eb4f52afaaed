"""One coin, and whoever presses Enter first takes it. Broken: each program decides for itself who was first."""

import socket
import threading
import time

server = socket.create_connection(("localhost", 50003))
owner = None


def listen():
    global owner
    for line in server.makefile(encoding="utf-8"):
        instruction, player = line.split()[:2]
        if instruction == "take" and owner is None:
            owner = player
            print("The coin belongs to", player)
        elif instruction == "take":
            print(player, "wants it, too, but was too late")


threading.Thread(target=listen, daemon=True).start()
input("Press Enter to take the coin. ")
if owner is None:
    owner = "me"
    print("The coin belongs to me")
    time.sleep(3)  # a slow network: our letter is three seconds on its way
    server.sendall(b"take\n")
input()
