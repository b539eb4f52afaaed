"""A chat server. Broken: whoever has gone stays on the list."""

import socket
import threading

friends = []


def serve(connection):
    friends.append(connection)
    for line in connection.makefile("rb"):
        for other in friends:
            if other is not connection:
                other.sendall(line)


listener = socket.create_server(("", 50003))
print("Listening on port 50003")
while True:
    connection, address = listener.accept()
    threading.Thread(target=serve, args=[connection], daemon=True).start()
