"""A room that is pumped from the loop of a Tk window: a real one, on a screen that nobody sees."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.conftest import RunningServer

pytestmark = pytest.mark.takes(7)

PROGRAM = """
import tkinter
import roomcast

root = tkinter.Tk()
room = roomcast.join({address!r}, name="Ada")
ran = []

@room.everywhere
def move(player, number):
    ran.append(number)
    if number == 2:
        raise ZeroDivisionError("in move")

def until(number, then):
    if ran[-1:] == [number]:
        then()
    else:
        (other if {other} else root).after(5, until, number, then)

other = tkinter.Toplevel(root)
{setup}
root.after(20000, lambda: (print("too late"), root.destroy()))
root.mainloop()
print(ran, room.closed)
"""


def run(display: str, server: RunningServer, setup: str, *, other: bool = False) -> tuple[str, str]:
    """What a program prints, and what it prints to stderr."""
    source = PROGRAM.format(address=server.address(), setup=setup, other=other)
    env = os.environ | {"DISPLAY": display}
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_an_exception_in_a_function_is_shown_and_the_room_goes_on(display: str, server: RunningServer) -> None:
    setup = "room.attach(root)\nfor number in (1, 2, 3, 4): move(number)\nuntil(4, root.destroy)"
    out, err = run(display, server, setup)
    assert out == "[1, 2, 3, 4] True"
    assert err.count("Traceback") == 1
    assert "ZeroDivisionError: in move" in err


def test_an_exception_is_shown_where_the_program_has_tk_show_them(display: str, server: RunningServer) -> None:
    setup = """
root.report_callback_exception = lambda kind, error, traceback: print("shown:", error)
room.attach(other)
for number in (1, 2, 3): move(number)
until(3, root.destroy)"""
    assert run(display, server, setup) == ("shown: in move\n[1, 2, 3] True", "")


def test_the_window_answers_while_a_program_catches_up(display: str, server: RunningServer) -> None:
    """Each call takes 30 ms: who came late would have looked at a window that is frozen for 12 seconds."""
    setup = """
import time
seen = []

@room.everywhere
def slow(player, number):
    time.sleep(0.03)
    ran.append(number)

def look():
    seen.append(len(ran))
    if ran[-1:] == [400] or len(set(seen)) > 3:
        print(seen[-1] < 400)
        root.destroy()
    else:
        root.after(1, look)

for number in range(1, 401): slow(number)
while len(room._core.events) < 400: time.sleep(0.01)
room.attach(root)
look()"""
    out, err = run(display, server, setup)
    assert (out.splitlines()[0], err) == ("True", "")


def test_the_line_of_the_guide_is_in_the_safe_order(display: str, server: RunningServer) -> None:
    setup = """
def tick():
    root.after(10, tick)
    room.pump()
tick()
for number in (1, 2, 3): move(number)
until(3, root.destroy)"""
    assert run(display, server, setup)[0] == "[1, 2, 3] False"


def test_it_ends_when_the_room_is_closed(display: str, server: RunningServer) -> None:
    setup = """
room.attach(root, every=0.001)
@room.on("closed")
def over(why):
    root.after(100, lambda: (print(root.tk.call("after", "info")), root.destroy()))
move(1)
until(1, room.leave)"""
    out, err = run(display, server, setup)
    assert out.splitlines()[-1] == "[1] True"
    assert err == ""


def test_a_window_that_is_destroyed_leaves_the_room(display: str, server: RunningServer) -> None:
    setup = """
room.attach(other)
move(1)
until(1, lambda: (other.destroy(), print(room.closed), root.after(100, root.destroy)))"""
    assert run(display, server, setup) == ("True\n[1] True", "")


def test_a_widget_stands_for_its_window(display: str, server: RunningServer) -> None:
    setup = """
label = tkinter.Label(other)
room.attach(label)
move(1)
until(1, lambda: (label.destroy(), move(3)))
until(3, lambda: (print(room.closed), other.destroy(), root.destroy()))"""
    assert run(display, server, setup) == ("False\n[1, 3] True", "")


def test_with_keep_the_end_of_the_program_says_how_the_room_is_left(
    display: str, server: RunningServer, tmp_path: Path
) -> None:
    setup = f"""
room.pump()
room.leave()
room = roomcast.join({server.address()!r}, name="Ada", keep={str(tmp_path / "session")!r})
@room.everywhere
def move(player, number):
    ran.append(number)
room.attach(root)
move(1)
until(1, root.destroy)"""
    assert run(display, server, setup) == ("[1] False", "")


def test_a_function_may_destroy_the_window(display: str, server: RunningServer) -> None:
    setup = """
room.attach(root)
@room.command("end")
def end(player):
    root.destroy()
move(1)
room.send("end")"""
    assert run(display, server, setup) == ("[1] True", "")


def test_a_window_that_closes_while_a_function_draws_in_it_is_no_error(display: str, server: RunningServer) -> None:
    setup = """
room.attach(root)
@room.command("draw")
def draw(player):
    root.destroy()
    tkinter.Label(root)
move(1)
room.send("draw")"""
    assert run(display, server, setup) == ("[1] True", "")


def test_the_newer_window_takes_over(display: str, server: RunningServer) -> None:
    setup = """
room.attach(other)
room.attach(root)
other.destroy()
move(1)
until(1, lambda: (print(room.closed), root.destroy()))"""
    assert run(display, server, setup) == ("False\n[1] True", "")


def test_attached_twice_it_pumps_once(display: str, server: RunningServer) -> None:
    setup = """
room.attach(root)
room.attach(root)
print(len(root.tk.splitlist(root.tk.call("after", "info"))))
move(1)
until(1, root.destroy)"""
    assert run(display, server, setup) == ("1\n[1] True", "")


def test_a_function_that_lets_tk_run_is_finished_before_the_next_entry(display: str, server: RunningServer) -> None:
    setup = """
room.attach(root, every=0.001)
@room.command("slow")
def slow(player):
    ran.append("begins")
    asked = tkinter.BooleanVar()
    root.after(200, asked.set, True)
    root.wait_variable(asked)  # as dialogs do, and a turtle that walks
    ran.append("ends")
room.send("slow")
move(1)
until(1, root.destroy)"""
    assert run(display, server, setup) == ("['begins', 'ends', 1] True", "")


def test_turtle_graphics_are_a_window_like_any_other(display: str, server: RunningServer) -> None:
    setup = """
import turtle
root.update()
root.destroy()
for given in turtle, turtle.Screen(), turtle.getcanvas():
    room.attach(given)
walker = turtle.Turtle()
@room.command("walk")
def walk(player, x):
    walker.goto(x, 0)
    ran.append(walker.pos())
    if x == 20:
        turtle.bye()
for x in 10, 20, 30: room.send("walk", x)
turtle.mainloop()
print(ran, room.closed)
raise SystemExit"""
    assert run(display, server, setup) == ("[(10.00,0.00), (20.00,0.00)] True", "")


def test_ctrl_c_ends_the_loop(display: str, server: RunningServer) -> None:
    setup = """
import os, signal
room.attach(root)
move(1)
until(1, lambda: signal.raise_signal(signal.SIGINT))
root.report_callback_exception = lambda *_: None  # of the line above, which Tk's own after calls
@room.command("interrupted")
def interrupted(player):
    signal.raise_signal(signal.SIGINT)
room.send("interrupted")
try:
    root.mainloop()
except KeyboardInterrupt:
    print("ended", room.closed)
root.destroy()
raise SystemExit"""
    assert run(display, server, setup) == ("ended False", "")


def test_what_is_no_window_is_refused_with_what_to_write(display: str, server: RunningServer) -> None:
    refusals = {
        "None": "needs a window: room.attach(window), where window is your tkinter.Tk(); for turtle graphics write",
        "tkinter.Tk": "not <class 'tkinter.Tk'>",
        "pygame": "pygame's loop is your own: call room.pump() in it, once a frame",
        "pygame.Surface((1, 1))": "pygame's loop is your own: call room.pump() in it, once a frame",
        "textual.app.App()": "write self.set_interval(1 / 60, room.pump) in the app's on_mount()",
        "closed": "the window given to room.attach is closed already: open it, then attach the room",
    }
    setup = f"""
import pygame, textual.app
closed = tkinter.Toplevel()
closed.destroy()
for given in {", ".join(refusals)}:
    try:
        room.attach(given)
    except roomcast.BadArgument as error:
        print("refused:", error)
move(1)
room.attach(root)
until(1, root.destroy)"""
    lines = [line for line in run(display, server, setup)[0].splitlines() if not line.startswith("pygame-ce")]
    assert lines.pop() == "[1] True"
    for line, sentence in zip(lines, refusals.values(), strict=True):
        assert sentence in line


LATE_TURTLES = """
import turtle
import roomcast

before = roomcast.join({address!r}, name="Ada")
for number in range(50):
    before.send("walk", number)
while before.unacknowledged:
    before.pump(wait=0.1)

turtle.speed(1)
turtle.tracer({tracer})
room = roomcast.join({address!r}, name="Grace", replay=True)
animated = []

@room.everywhere
def walk(player, number):
    animated.append(turtle.tracer())
    turtle.goto(200 * (number % 2), number)
    if number == 50:
        turtle.bye()

def go_on():
    if len(animated) == 50:
        walk(50)
    else:
        turtle.ontimer(go_on, 10)

room.attach(turtle)
go_on()
turtle.mainloop()
print(animated)
"""


@pytest.mark.parametrize("tracer", [1, 0])
def test_turtles_do_not_walk_where_they_have_been_before_a_player_came(
    display: str, server: RunningServer, tracer: int
) -> None:
    source = LATE_TURTLES.format(address=server.address(), tracer=tracer)
    env = os.environ | {"DISPLAY": display}
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, env=env)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([0] * 50 + [tracer]), done.stderr
