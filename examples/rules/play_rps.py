"""Rock, paper, scissors for two.

Run it:   roomcast serve rock_paper_scissors.py       and, in two more terminals:
          python play_rps.py Ada                      (a name)
"""

import sys

import roomcast

room = roomcast.join("rps", name=sys.argv[1] if len(sys.argv) > 1 else "Guest")
rounds: list[str | None] = []  # the winner of each


@room.command("reveal")
def reveal(player: roomcast.Player, chosen: dict[str, str], winner: str | None) -> None:
    rounds.append(winner)
    print(chosen, "nobody wins" if winner is None else f"{winner} wins", {one.id: one["score"] for one in room.players})


while not room.closed:
    played = len(rounds)
    try:
        room.ask("choose", input("rock, paper or scissors? ").strip()).result()
    except roomcast.Refused as error:
        print(error.message)
        continue
    while len(rounds) == played and not room.closed:
        room.pump(wait=0.1)  # until the other one has chosen, too
