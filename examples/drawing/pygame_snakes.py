"""Snakes in pygame: steer with the arrow keys, eat apples, and do not bite anyone, nor yourself.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python pygame_snakes.py YOUR-NAME

A snake is its player's shared state, and the apple is the room's: so latecomers see everything as it is.
"""

import os
import random
import sys

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
import pygame

import roomcast

COLUMNS, ROWS, CELL, BAR = 32, 22, 20, 40  # CELL and BAR in pixels
STEP = 125  # ms between two steps of a snake
COLOURS = ["#ff6b6b", "#4dabf7", "#69db7c", "#ffd43b", "#da77f2", "#3bc9db", "#ffa94d", "#ced4da"]
WAYS = {pygame.K_LEFT: (-1, 0), pygame.K_RIGHT: (1, 0), pygame.K_UP: (0, -1), pygame.K_DOWN: (0, 1)}

room = roomcast.join("snakes", name=sys.argv[1] if len(sys.argv) > 1 else "")
taken = [player.get("colour") for player in room.players]
room.me["colour"] = min(COLOURS, key=taken.count)  # the colour that fewest have


def anywhere():
    return [random.randrange(COLUMNS), random.randrange(ROWS)]


def step():
    head = [(snake[0][0] + way[0]) % COLUMNS, (snake[0][1] + way[1]) % ROWS]
    others = [cell for player in room.players if player != room.me for cell in player.get("snake", [])]
    if head in snake or head in others:
        snake[:] = [anywhere()]  # bitten: begin again
    else:
        snake.insert(0, head)
    if head == room.state.get("apple") or "apple" not in room.state:
        room.state["apple"] = anywhere()
    elif len(snake) > 4:
        snake.pop()
    room.me["snake"] = snake


def draw():
    screen.fill("#1f2430")
    screen.fill("#2b3242", (0, 0, COLUMNS * CELL, BAR))
    left = 16
    for player in room.players:
        colour, cells = player.get("colour", "white"), player.get("snake", [])
        name = font.render(f"{player.name} {len(cells)}", True, colour)
        screen.blit(name, (left, 12))
        left += name.get_width() + 24
        for x, y in cells:
            pygame.draw.rect(screen, colour, (x * CELL + 1, y * CELL + BAR + 1, CELL - 2, CELL - 2), border_radius=6)
    if "apple" in room.state:
        x, y = room.state["apple"]
        pygame.draw.circle(screen, "#ffffff", (x * CELL + CELL // 2, y * CELL + BAR + CELL // 2), 7)
    pygame.display.flip()


pygame.init()
pygame.display.set_caption(f"snakes: {room.me.name}")
screen = pygame.display.set_mode((COLUMNS * CELL, ROWS * CELL + BAR))
font, clock = pygame.font.Font(None, 24), pygame.time.Clock()
snake, way, due = [anywhere()], (1, 0), 0
while not room.closed:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            room.leave()
        elif event.type == pygame.KEYDOWN:
            way = WAYS.get(event.key, way)
    room.pump()  # runs what has arrived
    if pygame.time.get_ticks() >= due and not room.closed:
        due = pygame.time.get_ticks() + STEP
        step()
    draw()
    clock.tick(60)
