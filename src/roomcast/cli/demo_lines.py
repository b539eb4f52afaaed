"""The view of a demo as plain lines, where there is no terminal to draw on."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.text import Text

from roomcast.cli import trace_text
from roomcast.cli.demo_state import DemoState
from roomcast.cli.join_addresses import join_addresses, table


class DemoLines:
    """Prints who joins and leaves, the trace of one command, and once a second where every dot is."""

    def __init__(self, console: Console, state: DemoState) -> None:
        self._console = console
        self._state = state
        self._said = 0  # seconds since the start, at the last line about the dots
        self._steps_shown = False

    def show(self) -> None:
        """Print what is new."""
        state = self._state
        while state.arrivals:
            self._print(state.arrivals.popleft())
        if state.started_at is None:
            return
        if not self._steps_shown and state.trace is not None and state.trace.command == "move":
            self._steps_shown = True
            self._print(f"The six steps of {state.trace.by}: {trace_text.call(state.trace)}")
            for line in trace_text.lines(state.trace):
                self._print(Text.assemble("  ", line))
        if state.seconds >= self._said + 1:
            self._said = int(state.seconds)
            places = ", ".join(f"{player} at {x} {y}" for player, (x, y) in state.dots.places.items())
            self._print(f"{self._said} s, {state.dots.run_digest.count:,} moves: {places}")

    def __enter__(self) -> DemoLines:
        self._print(f"A demo in the room {self._state.room.name}. Others may come in:")
        for line in table(join_addresses(self._state.room.hosted.server, self._state.room.name)):
            self._print(line)
        for bot in self._state.demo_players.bots:
            self._print(f"{bot.name} plays in process {bot.pid}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def _print(self, line: str | Text) -> None:
        self._console.print(line, soft_wrap=True)
        self._console.file.flush()  # the reader of a pipe wants it now
