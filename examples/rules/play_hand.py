"""A hand of cards in the terminal. Type deal, then keep with the cards that you keep, such as: keep AS AD

Run it:   roomcast serve hand.py       and, in two more terminals:
          python play_hand.py Ada      (a name)
"""

import sys

import roomcast

room = roomcast.join("hand", name=sys.argv[1] if len(sys.argv) > 1 else "Guest")


@room.command("over")
def over(player: roomcast.Player, winner: str) -> None:
    for who, cards in room.state["shown"].items():
        print(f"{who}: {' '.join(cards)}")
    print(f"{winner} wins. So far:", {one.id: one["wins"] for one in room.players})


while not room.closed:
    command, *cards = input("deal, keep, or Enter to look: ").split() or ["look"]
    try:
        if command in ("deal", "keep"):
            room.ask(command, *cards).result()
    except roomcast.Refused as error:
        print(error.message)
    room.pump()
    print("you have:", " ".join(room.me["cards"]) or "nothing")
