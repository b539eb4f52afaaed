import socket
import sys
import threading

server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))


def listen():
    for line in server.makefile(encoding="utf-8"):
        words = line.split()
        if words[0] == "myIDis":
            _, letter, colour = words
            print("I am", letter, "and paint in", colour)
        else:
            print("heard", *words)


threading.Thread(target=listen, daemon=True).start()
for typed in sys.stdin:
    server.sendall(typed.encode())
