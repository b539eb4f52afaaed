import socket
import sys
import threading

server = socket.socket()
server.connect(("127.0.0.1", int(sys.argv[1])))
words = server.recv(1024).decode().split()
print("I am", words[1])


def listen():
    while True:
        message = server.recv(1024).decode()
        if not message:
            break
        print("heard", *message.split())


threading.Thread(target=listen, daemon=True).start()
while True:
    server.send(input().encode())
