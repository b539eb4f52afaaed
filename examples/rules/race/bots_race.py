"""Bots for races in which somebody is ready and seats are empty. They are players as any other, all in this program.

Run it:   roomcast serve race.py, and python bots_race.py beside it; then python play_race.py Ada
"""

import time

import roomcast

SPEED = 4  # steps a second
bots: list[roomcast.Room] = []
stepped = 0.0

while True:
    for found in roomcast.find_rooms("race"):
        for _ in range(found.listing.get("bots", 0)):
            bots.append(roomcast.join(found.where, name="Bot"))
            bots[-1].send("bot")
    until = time.monotonic() + 1
    while time.monotonic() < until:
        for bot in bots:
            bot.pump()
            if bot.state.get("phase") == "playing" and time.monotonic() - stepped > 1 / SPEED:
                bot.send("step")
        if time.monotonic() - stepped > 1 / SPEED:
            stepped = time.monotonic()
        time.sleep(0.02)
    for bot in list(bots):
        if bot.closed or all(player.get("bot") for player in bot.players):
            bot.leave()  # nobody plays there
            bots.remove(bot)
