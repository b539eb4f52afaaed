# One recv, one message.
import socket
import sys
import threading

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("looking for connections on", server.getsockname()[1])
players = {}


def serve(name):
    while True:
        message = players[name].recv(1024).decode()
        if not message:
            break
        command, rest = message.split(" ", 1)
        for other in players:
            if other != name:
                players[other].send(f"{command} {name} {rest}".encode())


for name in ["Ada", "Alan"]:
    players[name], _ = server.accept()
    players[name].send(f"myIDis {name}".encode())
    threading.Thread(target=serve, args=[name], daemon=True).start()
threading.Event().wait()
