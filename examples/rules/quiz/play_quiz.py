"""A quiz in a terminal: type the number of the answer.

Run it:   roomcast serve quiz.py              with a page open that asks (the first one who comes), and
          python play_quiz.py Ada             (a name)
"""

import sys

import roomcast

room = roomcast.join("quiz", name=sys.argv[1] if len(sys.argv) > 1 else "Guest")
asked = 0  # the number of the question that was asked here last


@room.on("set")
def changed(player: roomcast.Player, values: dict[str, object]) -> None:
    if values.get("phase") == "shown":
        print("The answer:", room.state["choices"][room.state["right"]], f"- you have {room.me['score']} points.")
    elif values.get("phase") == "over":
        best = max(room.players, key=lambda one: one["score"])
        print(best.name, "wins.")


print("Waiting for the first question.", flush=True)
while not room.closed:
    if room.pump(wait=0.2):
        continue
    if room.state["phase"] == "asking" and room.state["number"] > asked and room.state["screen"] != room.me.id:
        asked = room.state["number"]
        print("\n" + room.state["question"])
        for number, choice in enumerate(room.state["choices"], 1):
            print(f"  {number}  {choice}")
        try:
            room.ask("answer", int(input("Which? ")) - 1).result()
        except (roomcast.Refused, ValueError) as error:
            print(error)
