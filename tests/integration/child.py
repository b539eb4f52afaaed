"""A player in a process of its own: tells what it sees, and ends as it is told.

python child.py ADDRESS NAME [returns | exits | fails | hurries]

Without the last word it stays until a signal ends it. In a hurry, it comes and goes thirty times.
"""

import sys
import time

import roomcast

address, name, *how = sys.argv[1:]
if how == ["hurries"]:
    for _ in range(30):
        with roomcast.join(address, name=name) as room:
            until = time.monotonic() + 0.03
            while time.monotonic() < until:
                room.pump()
    sys.exit()

room = roomcast.join(address, name=name)


@room.on("offline")
def offline(why):
    print("offline:", why)


@room.on("resumed")
def resumed(missed):
    print("resumed", missed)


@room.on("skipped")
def skipped(first, last):
    print("skipped", first, last)


@room.on("lost")
def lost(why):
    print("lost:", why)


@room.everywhere
def say(player, text):
    print(f"{player.id}: {text}")


print("in as", room.me.id)
if not how:
    while True:
        room.pump(wait=10)
for number in range(100):
    say(number)
if how == ["exits"]:
    sys.exit(3)
if how == ["fails"]:
    raise ZeroDivisionError("in the game")
