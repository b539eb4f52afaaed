# A server that passes everything on: "playerMoved 10 0" becomes "playerMoved Ada 10 0" for all others.
import queue
import socket
import sys
import threading

NAMES = ["Ada", "Alan", "Barbara", "Claude"]

server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
server.bind(("127.0.0.1", int(sys.argv[1])))
server.listen(4)
print("looking for connections on", server.getsockname()[1])
clientele = {}
channel = queue.Queue()


def handle_client(client, client_id):
    client.setblocking(True)
    text = ""
    while True:
        text += client.recv(10).decode("UTF-8")
        commands = text.split("\n")
        while len(commands) > 1:
            channel.put(client_id + " " + commands[0])
            commands = commands[1:]
        text = commands[0]


def server_thread():
    while True:
        sender, instruction, *details = channel.get().split()
        for client_id in clientele:
            if client_id != sender:
                clientele[client_id].send((" ".join([instruction, sender, *details]) + "\n").encode())


threading.Thread(target=server_thread, daemon=True).start()
for my_id in NAMES:
    client, address = server.accept()
    for other in clientele:
        clientele[other].send((f"newPlayer {my_id}\n").encode())
        client.send((f"newPlayer {other}\n").encode())
    clientele[my_id] = client
    client.send((f"myIDis {my_id} \n").encode())
    threading.Thread(target=handle_client, args=(client, my_id), daemon=True).start()
threading.Event().wait()
