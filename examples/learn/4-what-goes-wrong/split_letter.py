"""Prints each message from the server. Broken: it decodes pieces, and é has two bytes."""

import socket

server = socket.create_connection(("localhost", 50003))
partial = ""
while piece := server.recv(1):
    partial += piece.decode()
    *lines, partial = partial.split("\n")
    for line in lines:
        print("A message:", line)
