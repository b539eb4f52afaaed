"""A chat in the terminal.

Run it:   python chat.py [room] [name]        after `roomcast serve`
"""

import sys
import threading

import roomcast

where, name = (sys.argv[1:] + ["chat", ""][len(sys.argv) - 1 :])[:2]
try:
    room = roomcast.join(where, name=name)
except roomcast.RoomcastError as problem:
    sys.exit(str(problem))


@room.everywhere
def say(player, *words: str):  # words, not a line: so a starter client's "say hello all" fits as well
    print(f"{player.name}: {' '.join(words)}", flush=True)


@room.on("join")
def came(player):
    print(f"* {player.name} is here", flush=True)


@room.on("leave")
def went(player):
    print(f"* {player.name} has left", flush=True)


@room.on("error")
def wrong(error):
    print(f"! {error}", flush=True)


def listen():
    while not room.closed:
        room.pump(wait=1)


# One thread prints what comes, this one waits for what you type.
threading.Thread(target=listen, daemon=True).start()
with room:
    for line in sys.stdin:
        if line.strip():
            say(*line.split())
