"""A player with a window, for drawing.py: draws everyone's dot 60 times a second with one library; measures its frames.

    python benchmarks/drawing_player.py tkinter 127.0.0.1:8112/dots 10 result.json

Each loop is written as the pages in docs/how-to show it. After so many seconds the file has what it measured.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import roomcast

SIZE = 480  # pixels
FRAME = 1 / 60  # seconds
COMMANDS = 20  # a second
WARM = 1.0  # seconds that do not count: the window opens


class Meter:
    """What is measured: when each frame came, and the processor time of pumping since the one before."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._begins = 0.0
        self._pumped = 0.0
        self._next_command = 0.0
        self.times: list[float] = []
        self.costs: list[float] = []
        self.ran = 0  # commands

    def measure(self, pump: Callable[..., int]) -> Callable[..., int]:
        def measured(*args: Any, **kwargs: Any) -> int:
            before = time.thread_time()
            try:
                return pump(*args, **kwargs)
            finally:
                self._pumped += time.thread_time() - before

        return measured

    def frame(self) -> bool:
        """Once a frame: move our own dot, when it is time to. False when it is over."""
        now = time.perf_counter()
        if not self._begins:
            self._begins = now + WARM
        if now >= self._begins:
            if not self.times:
                self.ran = 0
            self.times.append(now)
            self.costs.append(self._pumped)
        self._pumped = 0.0
        if now >= self._next_command:
            self._next_command = now + 1 / COMMANDS
            move(now * 50 % SIZE, SIZE / 2)
        return now < self._begins + self._seconds

    def result(self) -> dict[str, Any]:
        gaps = [after - before for before, after in zip(self.times, self.times[1:], strict=False)]
        return {"gaps": gaps, "costs": self.costs[1:], "ran": self.ran, "players": len(places)}


def with_tkinter() -> None:
    import tkinter

    window = tkinter.Tk()
    field = tkinter.Canvas(window, width=SIZE, height=SIZE, background="white")
    field.pack()

    def frame() -> None:
        window.after(16, frame)
        field.delete("all")
        for x, y in places.values():
            field.create_oval(x - 15, y - 15, x + 15, y + 15, fill="tomato", width=0)
        if not meter.frame():
            window.destroy()

    frame()
    room.attach(window)
    window.mainloop()


def with_turtle() -> None:
    import turtle

    turtles: dict[str, Any] = {}
    turtle.tracer(0)

    def frame() -> None:
        turtle.ontimer(frame, 16)
        for player, (x, y) in places.items():
            if player not in turtles:
                turtles[player] = turtle.Turtle("turtle")
                turtles[player].penup()
            turtles[player].goto(x - SIZE / 2, y - SIZE / 2)
        turtle.update()
        if not meter.frame():
            turtle.bye()

    frame()
    room.attach(turtle)
    turtle.mainloop()


def with_pygame() -> None:
    import pygame

    pygame.display.init()
    screen = pygame.display.set_mode((SIZE, SIZE))
    clock = pygame.time.Clock()
    while meter.frame():
        pygame.event.get()
        room.pump()
        screen.fill("white")
        for place in places.values():
            pygame.draw.circle(screen, "tomato", place, 15)
        pygame.display.flip()
        clock.tick(60)


def with_arcade() -> None:
    import arcade

    class Window(arcade.Window):  # type: ignore[misc,unused-ignore]  # it has types only with the extra `drawing`
        def on_update(self, seconds: float) -> None:
            room.pump()

        def on_draw(self) -> None:
            self.clear()
            for x, y in places.values():
                arcade.draw_circle_filled(x, y, 15, arcade.color.TOMATO)
            if not meter.frame():
                arcade.exit()

    Window(SIZE, SIZE, "dots")
    arcade.run()


def with_cmu() -> None:
    import cmu_graphics  # type: ignore[import-untyped,unused-ignore]  # it comes without types

    import __main__

    def step(app: Any) -> None:
        room.pump()
        if not meter.frame():
            app.quit()

    def draw(app: Any) -> None:
        for x, y in places.values():
            cmu_graphics.drawCircle(x, y, 15, fill="tomato")

    def start(app: Any) -> None:
        app.stepsPerSecond = 60

    def stop(app: Any) -> None:
        finish()  # CMU Graphics ends the program at once

    __main__.__dict__.update(
        app=cmu_graphics.app, onAppStart=start, onStep=step, redrawAll=draw, onAppStop=stop, runApp=cmu_graphics.runApp
    )
    cmu_graphics.runApp(width=SIZE, height=SIZE)


def with_textual() -> None:
    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class Dots(App[None]):
        def compose(self) -> ComposeResult:
            yield Static(id="field")

        def on_mount(self) -> None:
            self.set_interval(FRAME, self.frame)

        def frame(self) -> None:
            room.pump()
            lines = [f"{player:12} {'─' * int(x / 10)}●" for player, (x, _) in places.items()]
            self.query_one("#field", Static).update("\n".join(lines))
            if not meter.frame():
                self.exit()

    Dots().run()


def finish() -> None:
    Path(sys.argv[4]).write_text(
        json.dumps(meter.result()), encoding="utf-8"
    )  # with Textual, the terminal is the window


LOOPS = {
    "tkinter": with_tkinter,
    "turtle": with_turtle,
    "pygame": with_pygame,
    "cmu": with_cmu,
    "arcade": with_arcade,
    "textual": with_textual,
}

if __name__ == "__main__":
    meter = Meter(float(sys.argv[3]))
    roomcast.Room.pump = meter.measure(roomcast.Room.pump)  # type: ignore[method-assign]  # measured from outside
    room = roomcast.join(sys.argv[2])
    places: dict[str, tuple[float, float]] = {}

    @room.everywhere
    def move(player: roomcast.Player, x: float, y: float) -> None:
        places[player.id] = x, y
        meter.ran += 1

    LOOPS[sys.argv[1]]()
    room.leave()
    finish()
