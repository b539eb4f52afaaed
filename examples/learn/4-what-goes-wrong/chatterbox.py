"""A friend who has a lot to tell: 1,000 letters of 10,000 characters, within a few seconds."""

import socket
import time

server = socket.create_connection(("localhost", 50003))
for _ in range(1000):
    server.sendall(b"x" * 9999 + b"\n")
    time.sleep(0.003)
input("I have told it all. Press Enter to end me. ")
