"""The echo server for any number of visitors: a thread for each."""

import socket
import threading


def serve(connection, number):
    while heard := connection.recv(1000):
        print("Visitor", number, "says", heard.decode(), flush=True)
        connection.sendall(heard)
    print("Visitor", number, "has gone", flush=True)
    connection.close()


listener = socket.create_server(("", 50003))
print("Listening on port 50003", flush=True)
visitors = 0
while True:
    connection, address = listener.accept()
    visitors += 1
    threading.Thread(target=serve, args=[connection, visitors], daemon=True).start()
