"""A race in a terminal: press Enter when you are ready, and then for each step.

Run it:   roomcast serve race.py, and python play_race.py Ada in each of two more terminals;
          or with python bots_race.py beside it, alone
"""

import sys
import threading
from typing import Any

import roomcast

room = roomcast.join_or_create("race", name=sys.argv[1] if len(sys.argv) > 1 else "Guest")
print("You are in the room", room.code + ". Press Enter when you are ready.", flush=True)


@room.on("set")
def changed(player: roomcast.Player, values: dict[str, Any]) -> None:
    if "ready" in values:
        print(player.name, "is ready" if values["ready"] else "is not ready", flush=True)
    phase = values.get("phase")
    if phase == "starting":
        print("All are ready …", flush=True)
    elif phase == "playing":
        print("Go! Press Enter for each step.", flush=True)
    elif phase == "over":
        print(room.players[room.state["winner"]].name, "has won.", flush=True)


def read() -> None:
    """Each Enter is a step, or says that one is ready."""
    for _ in sys.stdin:
        room.send("step" if room.state["phase"] == "playing" else "ready")


threading.Thread(target=read, daemon=True).start()
while not room.closed:
    room.pump(wait=0.1)
