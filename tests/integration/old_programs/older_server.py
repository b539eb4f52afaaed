# Dots server. Every player gets a number. A line from a player is how far it moved: "12 34".
import queue
import socket
import sys
import threading

listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
listener.bind(("127.0.0.1", int(sys.argv[1])))
listener.listen(4)
print("looking for connections on", listener.getsockname()[1])

clients = {}  # number: socket
messages = queue.Queue()


def handle_client(number):
    client = clients[number]
    text = ""
    while True:
        text += client.recv(10).decode("UTF-8")
        lines = text.split("\n")
        while len(lines) > 1:
            messages.put(str(number) + "_" + lines[0])
            lines = lines[1:]
        text = lines[0]


def relay():
    while True:
        number, move = messages.get().split("_", 1)
        for other in clients:
            if other != int(number):
                clients[other].send(("playerMoved " + number + " " + move + "\n").encode())


threading.Thread(target=relay, daemon=True).start()
current = 0
while True:
    client, address = listener.accept()
    for other in clients:
        clients[other].send(f"newPlayer {current} 100 100\n".encode())
        client.send(f"newPlayer {other} 100 100\n".encode())
    clients[current] = client
    threading.Thread(target=handle_client, args=(current,), daemon=True).start()
    current += 1
