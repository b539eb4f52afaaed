# Whatever a player says, all players hear. So all have the same list.
import socket
import sys
import threading

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("looking for connections on", server.getsockname()[1])
everyone = {}


def serve(name):
    for line in everyone[name].makefile(encoding="utf-8"):
        command, *rest = line.split()
        for player in everyone.values():
            player.sendall((" ".join([command, name, *rest]) + "\n").encode())


for name in ["Ada", "Alan", "Barbara"]:
    newcomer, _ = server.accept()
    for other in everyone:
        everyone[other].sendall(f"newPlayer {name}\n".encode())
        newcomer.sendall(f"newPlayer {other}\n".encode())
    newcomer.sendall(f"myIDis {name}\n".encode())
    everyone[name] = newcomer
    threading.Thread(target=serve, args=[name], daemon=True).start()
threading.Event().wait()
