"""my-game in pygame: the arrow keys move your dot, space waves.

Run it:   roomcast serve             in one terminal
          python game.py YOUR-NAME   in as many others as there are players
"""

import sys

import pygame
from dots import SIZE, Dots

import roomcast

KEYS = {pygame.K_LEFT: "left", pygame.K_RIGHT: "right", pygame.K_UP: "up", pygame.K_DOWN: "down"}

room = roomcast.join("my-game", name=sys.argv[1] if len(sys.argv) > 1 else "")
game = Dots(room)

pygame.init()
pygame.key.set_repeat(200, 30)  # ms: a key that is held down
pygame.display.set_caption(f"my-game: {room.me.name}")
screen = pygame.display.set_mode((SIZE, SIZE))
font, clock = pygame.font.Font(None, 22), pygame.time.Clock()


def write(text, colour, x, y):
    letters = font.render(text, True, colour)
    screen.blit(letters, letters.get_rect(center=(x, y)))


while not room.closed:
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            room.leave()
        elif event.type == pygame.KEYDOWN and event.key in KEYS:
            game.step(KEYS[event.key])
        elif event.type == pygame.KEYDOWN and event.key == pygame.K_SPACE:
            game.wave()
    room.pump()  # runs what has arrived
    screen.fill("white")
    for name, colour, x, y in game.dots():
        pygame.draw.circle(screen, colour, (x, y), 14)
        write(name, colour, x, y + 24)
    write(game.news, "black", SIZE // 2, SIZE - 14)
    pygame.display.flip()
    clock.tick(60)
