"""Tic-tac-toe in a terminal, against another terminal or a page.

Run it:   roomcast serve tic_tac_toe.py       and, in another terminal:
          python play_tic_tac_toe.py Ada      (a name; then, if you like, a room: tictactoe-7)
"""

import sys

import roomcast

name = sys.argv[1] if len(sys.argv) > 1 else "Guest"
room = roomcast.join(sys.argv[2] if len(sys.argv) > 2 else "tictactoe", name=name)


def my_mark() -> str:
    """X or O; empty for those who look on."""
    return next((mark for mark, player in room.state["seats"].items() if player == room.me.id), "")


def is_my_turn() -> bool:
    return None not in room.state["seats"].values() and room.state["turn"] == my_mark()


def show() -> None:
    """Print what has been placed; free cells have the number to type."""
    cells = [mark or str(number) for number, mark in enumerate(room.state["board"], 1)]
    print("\n" + "\n---+---+---\n".join(" " + " | ".join(cells[row : row + 3]) for row in (0, 3, 6)))
    result = room.state["result"]
    if result:
        print("A draw." if result == "draw" else "You win!" if result == my_mark() else f"{result} wins.")


def ask(command: str, *args: int) -> None:
    try:
        room.ask(command, *args).result()
    except roomcast.Refused as error:
        print(error.message)


def answer() -> None:
    """Do what the room waits for from us, if it does."""
    if room.state["result"] and my_mark():
        input("Enter begins another round. ")
        ask("again")
    elif is_my_turn():
        typed = input(f"You are {my_mark()}. Which cell? ").strip()
        if typed.isdigit():
            ask("place", int(typed) - 1)


@room.on("set")
def changed(player: roomcast.Player, values: dict[str, object]) -> None:
    if "board" in values:
        show()


print(f"You are {my_mark()}." if my_mark() else "You are looking on: both seats are taken.")
show()
while not room.closed:
    if not room.pump(wait=0.2):  # all that has come is shown
        answer()
