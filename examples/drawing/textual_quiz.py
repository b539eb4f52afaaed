"""A quiz in the terminal, with Textual: press 1 to 4, once a question. Whoever is right first gets the point.

Run it:   roomcast serve          and, as often as you like, on any computer:
          python textual_quiz.py YOUR-NAME

All programs run the answers in one order, so all know who was first. Points and the question's number are shared state.
"""

import sys

from rich.markup import escape
from textual.app import App
from textual.widgets import Footer, Static

import roomcast

COLOURS = ["#ff6b6b", "#4dabf7", "#69db7c", "#ffd43b", "#da77f2", "#3bc9db", "#ffa94d", "#ced4da"]
QUESTIONS = [  # a question, its answers, and which of them is right
    ("How many bits are in a byte?", ["2", "4", "8", "10"], 3),
    ("Which port do web servers listen on for https?", ["80", "443", "8112", "65536"], 2),
    ("What does TCP not promise?", ["order", "completeness", "a time", "no doubles"], 3),
    ("Which address is this computer's own?", ["127.0.0.1", "192.168.1.1", "8.8.8.8", "255.255.255.255"], 1),
]

room = roomcast.join("quiz", name=sys.argv[1] if len(sys.argv) > 1 else "")
taken = [player.get("colour") for player in room.players]
room.me.update(points=0, colour=min(COLOURS, key=taken.count))  # the colour that fewest have
won = set()  # the questions that somebody has answered
tried = set()  # who has answered which one


@room.everywhere
def answer(player, number: int, choice: int):
    if number != asked() or number in won or (player.id, number) in tried:
        return
    tried.add((player.id, number))
    right = QUESTIONS[number % len(QUESTIONS)][2] == choice
    app.notify(f"{escape(player.name)}: {'right!' if right else 'wrong'}", timeout=2)
    if right:
        won.add(number)
        if player == room.me:
            room.me["points"] += 1
            room.state["asked"] = number + 1


def asked():
    return room.state.get("asked", 0)


class Quiz(App):
    CSS = "Screen { align: center middle; } Static { width: 60; border: round $primary; padding: 1 2; }"
    BINDINGS = [*((str(n), f"choose({n})", f"answer {n}") for n in (1, 2, 3, 4)), ("q", "quit", "quit")]

    def compose(self):
        yield Static(id="question")
        yield Static(id="players")
        yield Footer()

    def on_mount(self):
        self.set_interval(1 / 60, self.frame)

    def frame(self):
        if room.pump():  # runs what has arrived
            question, answers, _ = QUESTIONS[asked() % len(QUESTIONS)]
            lines = [f"[b]{number}[/b]  {text}" for number, text in enumerate(answers, 1)]
            self.query_one("#question", Static).update("\n".join([f"[b]{question}[/b]", "", *lines]))
            self.query_one("#players", Static).update("\n".join(map(row, room.players)))

    def action_choose(self, choice):
        answer(asked(), choice)


def row(player):
    points = player.get("points", 0)
    return f"[{player.get('colour', 'white')}]{escape(player.name):20} {'●' * points} {points}[/]"


app = Quiz()
app.run()
