"""The course of a demo: gather the players, play, compare what they ran."""

from __future__ import annotations

import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import Console

from roomcast.cli import picture
from roomcast.cli.board import Board, Picture
from roomcast.cli.demo_players import PROGRAM, DemoPlayers
from roomcast.cli.dots import STEP, Dots, Walker
from roomcast.cli.keys import Keys, NoKeys
from roomcast.cli.plain import Lines
from roomcast.cli.scene import Scene
from roomcast.cli.stop_signals import Ending
from roomcast.cli.summary import Summary
from roomcast.core.room.command_trace import CommandTrace
from roomcast.hosting import HostedRoom

_COME_WITHIN: Final = 15.0  # seconds for the bots to be there; a cold start on a slow machine takes some
_REPORT_WITHIN: Final = 5.0  # seconds for everyone's report after the stop
_WAIT: Final = 0.02  # seconds: as long as a key or a signal may wait for its answer
_WALK_EVERY: Final = 0.1  # seconds between two steps of our own player, where it has no keys
_ARROWS: Final = {"left": (-STEP, 0), "right": (STEP, 0), "up": (0, -STEP), "down": (0, STEP)}

View: TypeAlias = Board | Lines


class Playing:
    """One demo in a room that is open. `ways` is where its server puts each command's way."""

    def __init__(self, room: HostedRoom, traces: deque[CommandTrace], ending: Ending, console: Console) -> None:
        self._room = room
        self._ways = traces
        self._ending = ending
        self._console = console
        self._dots = Dots(room, umpire=room.me.id)

    def run(
        self, bots: int, seconds: float | None, picture_file: Path | None, program: tuple[str, ...] = PROGRAM
    ) -> Summary:
        """From gathering to comparing. `program` is what each bot's process runs."""
        summary = Summary(self._room.me.id)
        with DemoPlayers(self._room, self._room.hosted.server.addresses[-1], bots, program) as crew:
            scene = Scene(self._room, self._dots, crew, self._ways)
            on_board = self._console.is_terminal and not self._console.is_dumb_terminal
            keys = Keys() if on_board and sys.stdin is not None and sys.stdin.isatty() else NoKeys()
            with keys, _warnings_into(scene), self._view(scene, on_board) as view:
                if self._gather(scene, view):
                    self._play(scene, view, keys, seconds)
                summary.seconds = scene.seconds
                if picture_file is not None:
                    size = (self._console.width, self._console.height) if on_board else picture.SIZE
                    picture.save(Picture(scene), picture_file, size)
            if scene.started_at is not None:
                self._stop(scene)
        summary.mine = self._dots.tally.report
        summary.reports = {bot.id or bot.name: bot.report for bot in crew.bots}
        summary.troubles = [bot.trouble for bot in crew.bots if bot.trouble]
        summary.guests = len(self._dots.moves.keys() - {self._room.me.id} - summary.reports.keys())
        return summary

    def _gather(self, scene: Scene, view: View) -> bool:
        """Wait for the bots, then start the game; False if that was not to be."""
        self._until(lambda: scene.crew.complete, _COME_WITHIN, scene, view)
        if self._ending:
            return False
        self._room.send("start")
        self._until(lambda: self._dots.tally.counting, _REPORT_WITHIN, scene, view)
        scene.started_at = time.monotonic()
        return self._dots.tally.counting

    def _play(self, scene: Scene, view: View, keys: NoKeys, seconds: float | None) -> None:
        walker, next_step = Walker(), time.monotonic()
        nobody_types = type(keys) is NoKeys
        while not self._ending and not self._room.closed and (seconds is None or scene.seconds < seconds):
            scene.turn(_WAIT)
            view.show()
            for key in keys.read():
                if key in _ARROWS:
                    self._dots.walk(*_ARROWS[key])
                elif key in "qQ":
                    return
            if nobody_types and time.monotonic() >= next_step:
                next_step = time.monotonic() + _WALK_EVERY
                self._dots.walk(*walker.step(*self._dots.places[self._room.me.id]))

    def _stop(self, scene: Scene) -> None:
        """End the game, and wait for what everyone says it ran."""
        self._room.send("stop")
        self._until(lambda: self._dots.tally.report is not None and scene.crew.reported, _REPORT_WITHIN, scene)

    def _until(self, done: Callable[[], bool], within: float, scene: Scene, view: View | None = None) -> None:
        """Go on until something is the case, but not for ever. Before the end, whoever wants to end need not wait."""
        give_up = time.monotonic() + within
        while not done() and time.monotonic() < give_up and not (view is not None and self._ending):
            scene.turn(_WAIT)
            if view is not None:
                view.show()

    def _view(self, scene: Scene, on_board: bool) -> View:
        return Board(self._console, scene) if on_board else Lines(self._console, scene)


class _ToNews(logging.Handler):
    """Puts warnings among the news: on the board there is no place for lines from elsewhere."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(logging.WARNING)
        self._scene = scene

    def emit(self, record: logging.LogRecord) -> None:
        self._scene.warn(record.getMessage())


@contextmanager
def _warnings_into(scene: Scene) -> Iterator[None]:
    logger, handler = logging.getLogger("roomcast"), _ToNews(scene)
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
