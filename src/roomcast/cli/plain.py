"""A demo as plain lines, where there is no terminal to draw on."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.text import Text

from roomcast.cli import trace_text
from roomcast.cli.printer import table, ways_in
from roomcast.cli.scene import Scene


class Lines:
    """Prints who comes and goes, one command's six steps, and once a second where everybody is."""

    def __init__(self, console: Console, scene: Scene) -> None:
        self._console = console
        self._scene = scene
        self._said = 0  # seconds since the start, of the last progress
        self._steps_shown = False

    def show(self) -> None:
        """Print what is new."""
        scene = self._scene
        while scene.came:
            self._print(scene.came.popleft())
        if scene.started_at is None:
            return
        if not self._steps_shown and scene.trace is not None and scene.trace.command == "move":
            self._steps_shown = True
            self._print(f"The six steps of {scene.trace.by}: {trace_text.call(scene.trace)}")
            for line in trace_text.lines(scene.trace):
                self._print(Text.assemble("  ", line))
        if scene.seconds >= self._said + 1:
            self._said = int(scene.seconds)
            places = ", ".join(f"{player} at {x} {y}" for player, (x, y) in scene.dots.places.items())
            self._print(f"{self._said} s, {scene.dots.tally.count:,} moves: {places}")

    def __enter__(self) -> Lines:
        self._print(f"A demo in the room {self._scene.room.name}. Others may come in:")
        for line in table(ways_in(self._scene.room.hosted.server, self._scene.room.name)):
            self._print(line)
        for bot in self._scene.crew.bots:
            self._print(f"{bot.name} plays in process {bot.pid}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        pass

    def _print(self, line: str | Text) -> None:
        self._console.print(line, soft_wrap=True)
        self._console.file.flush()  # whoever reads a pipe wants it now
