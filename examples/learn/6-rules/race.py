"""Each Enter is a point: who has ten first?"""

import terminal

import roomcast

room = roomcast.join("race", name=input("Your name?\n"))


@room.on("join")
@room.on("leave")
@room.on("set")
def show(*_):
    table = sorted(room.players, key=lambda player: -player.get("points", 0))
    print(" | ".join(f"{player.name} {player.get('points', 0)}" for player in table))


def score(line):
    room.me.add("points", 1)  # not room.me["points"] += 1: the last point may still be on its way


terminal.play(room, score)
