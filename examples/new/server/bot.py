"""A player of my-game without a page: it goes for the coin.

Run it:   python bot.py        after `roomcast serve rules.py`
"""

import roomcast

room = roomcast.join("my-game", name="bot")


@room.command("found")
def found(player):
    print(player.name, "has found the coin:", player["score"])


while not room.closed:
    room.pump(wait=0.2)  # runs what has arrived
    (x, y), (coin_x, coin_y) = room.me["at"], room.state["coin"]
    if abs(coin_x - x) > 10:
        room.send("step", "right" if coin_x > x else "left")
    else:
        room.send("step", "down" if coin_y > y else "up")
