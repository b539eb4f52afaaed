"""A quiz for a class: one screen asks, everyone answers on a phone, and nothing is told before time is up.

Run it:   roomcast serve quiz.py              and open the address that it prints, first on the screen that all can see;
          python play_quiz.py Ada             answers in a terminal
"""

from roomcast.server import Player, Reject, Room

QUESTIONS = [  # the question, the choices, which of them is right
    ("Which of these is a planet?", ["Titan", "Neptune", "Pluto", "Sirius"], 1),
    ("How many bits has a byte?", ["4", "8", "16", "64"], 1),
    (
        "Who wrote the first program, for an engine that was never built?",
        ["Ada Lovelace", "Alan Turing", "Grace Hopper", "Joan Clarke"],
        0,
    ),
    ("What does 10 % 3 give in Python?", ["0.3", "3", "30", "1"], 3),
]
SECONDS = 20  # to answer a question
POINTS = 1000  # for a right answer at once; half of it in the last moment


class Quiz(Room):
    def on_create(self) -> None:
        self.answers: dict[str, int] = {}  # by player. The room's own, as QUESTIONS are: nobody is sent them
        self.gains: dict[str, int] = {}  # points for this question, by player
        self.state["phase"] = "lobby"  # lobby, asking, shown, over
        self.state["screen"] = None  # the id of who asks
        self.state["number"] = 0  # of the question, from 1

    def on_join(self, player: Player) -> None:
        player["score"] = 0
        player["answered"] = False
        if self.state["screen"] is None:
            self.state["screen"] = player.id

    def on_leave(self, player: Player) -> None:
        self.answers.pop(player.id, None)
        if self.state["screen"] == player.id:
            self.state["screen"] = self.host.id if self.host else None
        self.show_when_all_have_answered()

    def on_next(self, player: Player) -> None:
        """Ask the next question; after the last one, the quiz is over."""
        if player.id != self.state["screen"]:
            raise Reject("whoever has the screen asks")
        if self.state["phase"] == "asking":
            raise Reject("the question is not answered yet")
        if self.state["phase"] == "over":
            self.state["number"] = 0
            for one in self.players:
                one["score"] = 0
        if self.state["number"] == len(QUESTIONS):
            self.state["phase"] = "over"
            return
        question, choices, _ = QUESTIONS[self.state["number"]]
        self.answers, self.gains = {}, {}
        self.state["phase"], self.state["number"] = "asking", self.state["number"] + 1
        self.state["question"], self.state["choices"], self.state["of"] = question, choices, len(QUESTIONS)
        self.state["seconds"], self.state["until"] = SECONDS, self.time + SECONDS
        for key in "right", "counts":
            self.state.pop(key, None)
        for one in self.players:
            one["answered"], one["gained"] = False, 0
        self.clock = self.after(SECONDS, self.show).id

    def on_answer(self, player: Player, choice: int) -> None:
        if self.state["phase"] != "asking":
            raise Reject("nothing is asked now")
        if player.id == self.state["screen"]:
            raise Reject("the screen asks, and does not answer")
        if player.id in self.answers:
            raise Reject("you have answered already")
        if not 0 <= choice < len(self.state["choices"]):
            raise Reject("there is no such answer")
        self.answers[player.id] = choice
        player["answered"] = True
        left = max(0.0, self.state["until"] - self.time) / SECONDS
        if choice == QUESTIONS[self.state["number"] - 1][2]:
            self.gains[player.id] = round(POINTS * (1 + left) / 2)
        self.show_when_all_have_answered()

    def show_when_all_have_answered(self) -> None:
        here = [one for one in self.players if one.here and one.id != self.state["screen"]]
        if self.state["phase"] == "asking" and here and all(one.id in self.answers for one in here):
            self.timers[self.clock].cancel()
            self.show()

    def show(self) -> None:
        """Time is up: now everyone sees which answer is right, and who has how many points."""
        _, choices, right = QUESTIONS[self.state["number"] - 1]
        self.state["phase"], self.state["right"] = "shown", right
        self.state["counts"] = [list(self.answers.values()).count(choice) for choice in range(len(choices))]
        for player in self.players:
            player["gained"] = self.gains.get(player.id, 0)
            player["score"] += player["gained"]
