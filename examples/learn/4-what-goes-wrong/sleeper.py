"""A friend who comes, and never reads a letter."""

import socket

server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # bytes; a small letter box is soon full
server.connect(("localhost", 50003))
input("I am asleep. Press Enter to end me. ")
