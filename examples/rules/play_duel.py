"""Sticks for two: with whoever waits, or with a friend.

Run it:   roomcast serve duel.py           and, in two more terminals:
          python play_duel.py Ada          with a stranger, or:
          python play_duel.py Ada new      a duel that nobody finds: say its code to a friend
          python play_duel.py Alan KXRHDF  into that one
"""

import sys
from typing import Any

import roomcast

name = sys.argv[1] if len(sys.argv) > 1 else "Guest"
where = sys.argv[2] if len(sys.argv) > 2 else ""
if where == "new":
    room = roomcast.create("duel", name=name, private=True, sticks=21)
    print("Your friend types", room.code)
elif where:
    room = roomcast.join(where, name=name)
else:
    room = roomcast.join_or_create("duel", name=name)
    print("In the room", room.code)


@room.on("set")
def changed(player: roomcast.Player, values: dict[str, Any]) -> None:
    if "result" in values:
        print(room.players[values["result"]["winner"]].name, "wins")
        room.leave()


while not room.closed:
    room.pump(wait=0.1)
    if room.state.get("turn") == room.me.id and not room.closed:
        try:
            room.ask("take", int(input(f"{room.state['sticks']} sticks. How many do you take? "))).result()
        except (roomcast.Refused, ValueError) as error:
            print(error)
