"""Waits for one visitor, and says back whatever the visitor says."""

import socket

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind(("", 50003))
listener.listen()
print("Listening on port 50003")

connection, address = listener.accept()
print("Somebody came from", address[0])

while True:
    heard = connection.recv(1000)
    if not heard:
        break
    print("I heard", heard)
    connection.sendall(heard)

print("The visitor has gone")
connection.close()
listener.close()
