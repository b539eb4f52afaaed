"""A friend who reads all letters, and counts them."""

import socket

server = socket.create_connection(("localhost", 50003))
for number, _ in enumerate(server.makefile("rb"), 1):
    if number % 100 == 0:
        print(number, "letters")
