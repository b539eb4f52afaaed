"""A bot that plays sticks with whoever waits: for empty seats. It is a program like any other, and needs no window.

Run it:   roomcast serve duel.py, python bot_duel.py, and to play with it: python play_duel.py Ada
"""

import roomcast

while True:
    room = roomcast.join_or_create("duel", name="Bot")
    while not room.closed and room.state.get("phase") != "over":
        room.pump(wait=0.1)
        if room.state.get("turn") == room.me.id:
            sticks = room.state["sticks"]
            room.ask("take", (sticks - 1) % 4 or 1).result()  # leaves 4n + 1, where it can
    room.leave()
