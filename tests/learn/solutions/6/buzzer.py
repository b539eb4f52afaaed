"""Exercise 6: Enter presses the buzzer, `again` begins a new round: python buzzer.py NAME, after `roomcast serve`."""

import sys
import threading

import roomcast

room = roomcast.join("buzzer", name="".join(sys.argv[1:2]))
winner = None  # of this round


def win(name):
    global winner
    winner = name
    print("winner", name, flush=True)


@room.everywhere
def press(player):
    if winner is None:  # everyone runs the presses in one order: so this is the same one everywhere
        win(player.name)
        if player == room.me:
            room.state["winner"] = player.name  # for those who come later


@room.everywhere
def again(player):
    global winner
    winner = None
    print("new round", flush=True)
    if player == room.me:
        room.state["winner"] = None


def read_lines():
    for line in sys.stdin:
        if line.strip() == "again":
            again()
        else:
            press()


if "winner" in room.state:
    win(room.state["winner"])
threading.Thread(target=read_lines, daemon=True).start()  # it waits for what is typed, so that pump() need not
while not room.closed:
    room.pump(wait=0.1)
