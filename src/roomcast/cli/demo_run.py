"""One demo: wait for the bots, play, compare what everyone ran."""

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

from roomcast.cli import demo_svg
from roomcast.cli.demo_lines import DemoLines
from roomcast.cli.demo_players import PROGRAM, DemoPlayers
from roomcast.cli.demo_screen import DemoFrame, DemoScreen
from roomcast.cli.demo_state import DemoState
from roomcast.cli.demo_summary import Summary
from roomcast.cli.dots import STEP, Dots, Walker
from roomcast.cli.keyboard import Keyboard, NoKeyboard
from roomcast.cli.stop_signals import StopSignals
from roomcast.core.room.command_trace import CommandTrace
from roomcast.hosting import HostedRoom

_JOIN_WITHIN: Final = 15.0  # seconds for the bots to join; a cold start on a slow machine takes some
_REPORT_WITHIN: Final = 5.0  # seconds for all reports after the stop
_WAIT: Final = 0.02  # seconds between two looks for keys and signals
_WALK_EVERY: Final = 0.1  # seconds between two steps of our own player, where nobody types
_ARROWS: Final = {"left": (-STEP, 0), "right": (STEP, 0), "up": (0, -STEP), "down": (0, STEP)}

View: TypeAlias = DemoScreen | DemoLines


class DemoRun:
    """One demo in an open room. The server puts the trace of each command into `traces`."""

    def __init__(
        self, room: HostedRoom, traces: deque[CommandTrace], stop_signals: StopSignals, console: Console
    ) -> None:
        self._room = room
        self._traces = traces
        self._stop_signals = stop_signals
        self._console = console
        self._dots = Dots(room, umpire=room.me.id)

    def run(
        self, bots: int, seconds: float | None, picture_file: Path | None, program: tuple[str, ...] = PROGRAM
    ) -> Summary:
        """Run the demo to its end. `program` is what each bot's process runs."""
        summary = Summary(self._room.me.id)
        with DemoPlayers(self._room, self._room.hosted.server.addresses[-1], bots, program) as demo_players:
            state = DemoState(self._room, self._dots, demo_players, self._traces)
            on_screen = self._console.is_terminal and not self._console.is_dumb_terminal
            keys = Keyboard() if on_screen and sys.stdin is not None and sys.stdin.isatty() else NoKeyboard()
            with keys, _warnings_into(state), self._view(state, on_screen) as view:
                if self._gather(state, view):
                    self._play(state, view, keys, seconds)
                summary.seconds = state.seconds
                if picture_file is not None:
                    size = (self._console.width, self._console.height) if on_screen else demo_svg.SIZE
                    demo_svg.save(DemoFrame(state), picture_file, size)
            if state.started_at is not None:
                self._stop(state)
        summary.mine = self._dots.run_digest.report
        summary.reports = {bot.id or bot.name: bot.report for bot in demo_players.bots}
        summary.troubles = [bot.trouble for bot in demo_players.bots if bot.trouble]
        summary.guests = len(self._dots.moves.keys() - {self._room.me.id} - summary.reports.keys())
        return summary

    def _gather(self, state: DemoState, view: View) -> bool:
        """Wait for the bots, then start the game. False if it did not start."""
        self._until(lambda: state.demo_players.complete, _JOIN_WITHIN, state, view)
        if self._stop_signals:
            return False
        self._room.send("start")
        self._until(lambda: self._dots.run_digest.counting, _REPORT_WITHIN, state, view)
        state.started_at = time.monotonic()
        return self._dots.run_digest.counting

    def _play(self, state: DemoState, view: View, keys: NoKeyboard, seconds: float | None) -> None:
        walker, next_step = Walker(), time.monotonic()
        nobody_types = type(keys) is NoKeyboard
        while not self._stop_signals and not self._room.closed and (seconds is None or state.seconds < seconds):
            state.update(_WAIT)
            view.show()
            for key in keys.read():
                if key in _ARROWS:
                    self._dots.walk(*_ARROWS[key])
                elif key in "qQ":
                    return
            if nobody_types and time.monotonic() >= next_step:
                next_step = time.monotonic() + _WALK_EVERY
                self._dots.walk(*walker.step(*self._dots.places[self._room.me.id]))

    def _stop(self, state: DemoState) -> None:
        """Stop the game, and wait for all reports."""
        self._room.send("stop")
        self._until(
            lambda: self._dots.run_digest.report is not None and state.demo_players.reported, _REPORT_WITHIN, state
        )

    def _until(self, done: Callable[[], bool], within: float, state: DemoState, view: View | None = None) -> None:
        """Go on until `done()`, for at most `within` seconds. With a view, a stop signal ends it at once."""
        give_up = time.monotonic() + within
        while not done() and time.monotonic() < give_up and not (view is not None and self._stop_signals):
            state.update(_WAIT)
            if view is not None:
                view.show()

    def _view(self, state: DemoState, on_screen: bool) -> View:
        return DemoScreen(self._console, state) if on_screen else DemoLines(self._console, state)


class _NewsHandler(logging.Handler):
    """Puts log warnings among the news: lines printed by others would break the live view."""

    def __init__(self, state: DemoState) -> None:
        super().__init__(logging.WARNING)
        self._state = state

    def emit(self, record: logging.LogRecord) -> None:
        self._state.warn(record.getMessage())


@contextmanager
def _warnings_into(state: DemoState) -> Iterator[None]:
    logger, handler = logging.getLogger("roomcast"), _NewsHandler(state)
    logger.addHandler(handler)
    before, logger.propagate = logger.propagate, False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = before
