# Every player gets a letter and a colour.
import socket
import sys
import threading

LETTERS, COLOURS = "ABC", ["red", "blue", "green"]
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("looking for connections on", server.getsockname()[1])
players = {}


def listen_to(letter):
    for line in players[letter].makefile(encoding="utf-8"):
        command, *rest = line.split()
        for other in players:
            if other != letter:
                players[other].sendall((" ".join([command, letter, *rest]) + "\n").encode())


for letter, colour in zip(LETTERS, COLOURS, strict=False):
    player, _ = server.accept()
    for other in players:
        players[other].sendall(f"newPlayer {letter}\n".encode())
        player.sendall(f"newPlayer {other}\n".encode())
    player.sendall(f"myIDis {letter} {colour}\n".encode())
    players[letter] = player
    threading.Thread(target=listen_to, args=[letter], daemon=True).start()
threading.Event().wait()
