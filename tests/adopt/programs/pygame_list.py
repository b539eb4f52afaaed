# Dots in pygame. A list is the queue, and the thread is a class of its own.
import os
import socket
import sys
import threading

os.environ["PYGAME_HIDE_SUPPORT_PROMPT"] = "1"
import pygame

host = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"
s = socket.create_connection((host, 50003))
messages = []


def read():
    data = b""
    while True:
        piece = s.recv(1024)
        if not piece:
            print("the server has gone")
            break
        data += piece
        while b"\n" in data:
            line, data = data.split(b"\n", 1)
            messages.append(line.decode())


threading.Thread(target=read, daemon=True).start()

pygame.init()
screen = pygame.display.set_mode((400, 400))
pygame.display.set_caption("dots: ?")
clock = pygame.time.Clock()
players = {}
me = None
running = True


def show(who):
    print(f"{who} is at {players[who][0]} {players[who][1]}", flush=True)


while running:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
        elif event.type == pygame.KEYDOWN and me:
            dx, dy = {pygame.K_LEFT: (-10, 0), pygame.K_RIGHT: (10, 0)}.get(event.key, (0, 0))
            players[me][0] += dx
            players[me][1] += dy
            show(me)
            s.sendall(f"moved {dx} {dy}\n".encode("utf-8"))

    while messages:
        words = messages.pop(0).split(" ")
        if words[0] == "newPlayer":
            players[words[1]] = [200, 200]
            show(words[1])
        elif words[0] == "myIDis":
            me = words[1]
            players[me] = [200, 200]
            pygame.display.set_caption("dots: " + me)
            show(me)
        elif words[0] == "moved" and words[1] in players:
            players[words[1]][0] += int(words[2])
            players[words[1]][1] += int(words[3])
            show(words[1])

    # draw everyone
    screen.fill((255, 255, 255))
    for x, y in players.values():
        pygame.draw.circle(screen, (200, 60, 40), (x, y), 10)
    pygame.display.flip()
    clock.tick(60)

s.close()
