# A race for three. It begins when all three are there.
import socket
import sys
import threading

server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("looking for connections on", server.getsockname()[1])
racers = {}
for name in ["Ada", "Alan", "Barbara"]:
    racers[name], _ = server.accept()


def race(name):
    for line in racers[name].makefile(encoding="utf-8"):
        command, *rest = line.split()
        for other in racers:
            if other != name:
                racers[other].sendall((" ".join([command, name, *rest]) + "\n").encode())


for name in racers:
    for other in racers:
        if other != name:
            racers[name].sendall(f"newPlayer {other}\n".encode())
    racers[name].sendall(f"myIDis {name} \n".encode())
    racers[name].sendall(b"start\n")
for name in racers:
    threading.Thread(target=race, args=[name], daemon=True).start()
threading.Event().wait()
