"""A quiz board for the projector; the answers come from phones. Space shows the solution, then the next question."""

import sys
import tkinter

import roomcast

QUESTIONS = [  # a question, its four answers, and which of them is right: 0 is the first
    ("How many bits are in a byte?", ["2", "4", "8", "10"], 2),
    ("Whose number is 127.0.0.1?", ["nobody's", "the router's", "this computer's", "the web's"], 2),
    ("Which is the largest number in a byte?", ["99", "127", "255", "256"], 2),
]
COLOURS = ["#c8402a", "#23719e", "#2f7a4c", "#8d3a86"]
room = roomcast.join("quiz-show", name="board")
number, right = room.state.get("question", {}).get("number", -1), 0  # a board that starts again goes on
window = tkinter.Tk(className="Quiz")
canvas = tkinter.Canvas(window, width=800, height=560, background="#14213d", highlightthickness=0)
canvas.pack()


def text(x, y, words, size):
    canvas.create_text(x, y, text=words, fill="white", font=("Arial", size, "bold"), width=760, justify="center")


def choices():  # what each player has chosen for this question
    return [(one.id, one["answer"][1]) for one in room.players if one.get("answer", [-1])[0] == number]


def forward(event=None):
    global number, right
    if right < 0:  # the solution has not been shown yet
        right, old = QUESTIONS[number % len(QUESTIONS)][2], room.state.get("points", {})
        room.state.merge({"points": {who: old.get(who, 0) + 1 for who, chosen in choices() if chosen == right}})
    else:
        number, right = number + 1, -1
    room.state["question"] = {"number": number, "answers": QUESTIONS[number % len(QUESTIONS)][1], "right": right}


@room.on("join")
@room.on("leave")
@room.on("set")
def draw(player=None, patch=None):
    canvas.delete("all")
    text(400, 80, QUESTIONS[number % len(QUESTIONS)][0], 28)
    for index, answer in enumerate(QUESTIONS[number % len(QUESTIONS)][1]):
        x, y = 20 + 390 * (index % 2), 160 + 110 * (index // 2)
        canvas.create_rectangle(x, y, x + 370, y + 90, fill=COLOURS[index] if right in (-1, index) else "#2b3654")
        text(x + 185, y + 45, answer, 24)
    points = room.state.get("points", {})
    best = sorted(room.players, key=lambda one: -points.get(one.id, 0))
    text(400, 420, f"{len(choices())} of {len(room.players) - 1} have answered", 18)
    text(400, 465, "     ".join(f"{one.name} {points[one.id]}" for one in best[:5] if one.id in points), 20)
    text(400, 525, " ".join(["Your phone joins in at", *sys.argv[1:]]), 16)


window.bind("<space>", forward)
forward()
room.attach(window)
window.mainloop()
