"""A player without a window: it walks in a square and greets whoever comes.

Run it:   python bot.py [room] [name]        after `roomcast serve`, or while `roomcast demo` runs
"""

import itertools
import sys
import time

import roomcast

where, name = (sys.argv[1:] + ["dots", "bot"][len(sys.argv) - 1 :])[:2]
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
with room:
    while not room.closed:
        room.pump(wait=0.05)
        if time.monotonic() >= next_step:
            move(*next(square))
            next_step += 0.2
