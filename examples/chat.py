"""A chat in the terminal.

Run it:   python chat.py [room] [name]        after `roomcast serve`
          python chat.py 192.168.1.20:8112/chat Ada

What you type goes to everyone in the room. Ctrl-D or Ctrl-C ends it (Ctrl-Z and Enter on Windows).
"""

import sys
import threading

import roomcast

where = sys.argv[1] if len(sys.argv) > 1 else "chat"
name = sys.argv[2] if len(sys.argv) > 2 else ""
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
@room.on("offline")
def wrong(why):
    print(f"! {why}", flush=True)


def listen():
    while not room.closed:
        room.pump(wait=1)


# One thread prints what comes, the other waits for what you type.
listener = threading.Thread(target=listen)
listener.start()
try:
    for line in sys.stdin:
        if line.strip():
            say(*line.split())
except KeyboardInterrupt:
    pass
except roomcast.RoomClosed as problem:
    print(f"! {problem}")
room.leave()  # after all that was typed has come back
listener.join()
room.pump()
