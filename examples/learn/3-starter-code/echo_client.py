"""Sends what you type to the server, and prints what comes back. An empty line ends it."""

import socket

server = socket.create_connection(("localhost", 50003))

while True:
    typed = input("Say something: ")
    if not typed:
        break
    server.sendall(typed.encode())
    answer = server.recv(1000)
    print("The server says", answer.decode())

server.close()
