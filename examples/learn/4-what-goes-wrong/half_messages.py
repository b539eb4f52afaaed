"""Prints each message from the server. Broken: what one recv returns is no message."""

import socket

server = socket.create_connection(("localhost", 50003))
while piece := server.recv(10):
    print("A message:", piece.decode())
