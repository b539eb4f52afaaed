"""One coin, and whoever presses Enter first takes it: the first in the room's order, which is the same for all."""

import sys
import threading

import roomcast

room = roomcast.join("dots", name=sys.argv[1])
owner = None


@room.everywhere
def take(player):
    global owner
    if owner is None:
        owner = player
        print("The coin belongs to", player.id)
    else:
        print(player.id, "wants it, too, but was too late")


def ask():
    input("Press Enter to take the coin. ")
    take()


threading.Thread(target=ask, daemon=True).start()
while not room.closed:
    room.pump(wait=0.1)
