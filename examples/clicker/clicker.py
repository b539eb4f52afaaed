"""Clicks and takes coins as fast as it can, among all others: no click is lost, and each coin has one owner.

Run it:   roomcast serve --site examples/clicker/page     and open the address that is printed; then, as often as
          python clicker.py Ada 500                       you like (a name, and how many clicks)
"""

import random
import sys
import time

import roomcast

COINS = 24
clicks = int(sys.argv[2]) if len(sys.argv) > 2 else 200
room = roomcast.join("clicker", name=sys.argv[1] if len(sys.argv) > 1 else "Robot")


@room.on("set")
def tell(player, patch):
    for coin, owner in patch.items():
        if player == room.me and owner == room.me.id:
            print("I got", coin)


for _ in range(clicks):
    room.me.add("clicks", 1)
    room.state.add("total", 1)  # the room makes the sum, so no click is lost
    room.state.claim(f"coin {random.randrange(COINS)}", room.me.id)  # the first gets it
    room.pump()
    time.sleep(0.02)
while room.me.get("clicks", 0) < clicks:  # until all have come back
    room.pump(wait=0.1)
print(f"{room.me.id} has {room.me['clicks']} clicks of {room.state['total']} in all")
room.leave()
