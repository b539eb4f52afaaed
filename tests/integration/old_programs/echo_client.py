# A shopping list. It changes when the server says so, and at no other time.
import socket
import sys
import threading

server = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
things = []


def follow():
    for line in server.makefile(encoding="utf-8"):
        words = line.split()
        if words[0] == "add":
            things.append(words[2])
            print("list:", *things)
        elif words[0] == "myIDis":
            print("I am", words[1])


threading.Thread(target=follow, daemon=True).start()
for typed in sys.stdin:
    server.sendall(typed.encode())
