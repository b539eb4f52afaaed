"""Prints each message from the server: bytes are put together first, and whole lines decoded."""

import socket

server = socket.create_connection(("localhost", 50003))
partial = b""
while piece := server.recv(1):
    partial += piece
    *lines, partial = partial.split(b"\n")
    for line in lines:
        print("A message:", line.decode(errors="replace"))
