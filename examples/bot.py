"""A player without a window: it walks in a square and greets whoever comes.

Run it:   python bot.py [room] [name]        after `roomcast serve`, or while `roomcast demo` runs
"""

import itertools
import sys
import time

import roomcast

where = sys.argv[1] if len(sys.argv) > 1 else "dots"
name = sys.argv[2] if len(sys.argv) > 2 else "bot"
try:
    room = roomcast.join(where, name=name)
except roomcast.RoomcastError as problem:
    sys.exit(str(problem))


@room.everywhere
def move(player, dx: int, dy: int):
    if player != room.me:
        print(f"{player.name} moves by {dx} {dy}", flush=True)


@room.on("join")
def greet(player):
    if player != room.me:
        room.send("say", "hello", player.name, to=player)


square = itertools.cycle([(10, 0)] * 10 + [(0, 10)] * 10 + [(-10, 0)] * 10 + [(0, -10)] * 10)
next_step = time.monotonic()
try:
    while not room.closed:
        room.pump(wait=0.05)
        if time.monotonic() >= next_step:
            move(*next(square))
            next_step = time.monotonic() + 0.2
except KeyboardInterrupt:
    room.leave()
