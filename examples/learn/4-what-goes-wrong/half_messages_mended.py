"""Prints each message from the server: the pieces are put together, and cut at the line ends."""

import socket

server = socket.create_connection(("localhost", 50003))
partial = b""
while piece := server.recv(10):
    *lines, partial = (partial + piece).split(b"\n")
    for line in lines:
        print("A message:", line.decode())
