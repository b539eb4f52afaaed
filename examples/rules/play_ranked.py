"""Sticks with somebody of about one's own rank.

Run it:   roomcast serve duel.py             and, in two more terminals:
          python play_ranked.py Ada 1500     (a name and a rank)

Then both play on, as in play_duel.py.
"""

import sys

import roomcast

name = sys.argv[1] if len(sys.argv) > 1 else "Guest"
rank = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
lobby = roomcast.join("lobby", name=name)
rooms: list[str] = []


@lobby.command("matched")
def matched(player: roomcast.Player, room: str) -> None:
    rooms.append(room)


lobby.ask("seek", rank).result()
while not rooms:
    print("waiting with", [player.name for player in lobby.players if player["seeking"]])
    lobby.pump(wait=1)
lobby.leave()
duel = roomcast.join(rooms[0], name=name)
print("you play in", duel.code)
