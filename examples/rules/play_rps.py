"""Rock, paper, scissors for two, in two terminals; before them, in a third: roomcast serve rock_paper_scissors.py"""

import roomcast

room = roomcast.join("rps")


@room.command("reveal")
def reveal(player: roomcast.Player, chosen: dict[str, str], winner: str | None) -> None:
    print(chosen, "nobody wins" if winner is None else f"{winner} wins", {one.id: one["score"] for one in room.players})


while not room.closed:
    try:
        room.ask("choose", input("rock, paper or scissors? ").strip()).result()
    except roomcast.Refused as error:
        print(error.message)
    room.pump(wait=1.0)
