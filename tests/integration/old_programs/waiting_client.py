# It waits for the word, and then for what is typed.
import socket
import sys
import threading

server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
lines = server.makefile(encoding="utf-8")
print("waiting for the others")
others = []
for line in lines:
    words = line.split()
    if words[0] == "newPlayer":
        others.append(words[1])
    elif words[0] == "myIDis":
        me = words[1]
    elif words == ["start"]:
        break
print(me, "against", *others)


def listen():
    for line in lines:
        print("heard", *line.split())


threading.Thread(target=listen, daemon=True).start()
for typed in sys.stdin:
    server.sendall(typed.encode())
