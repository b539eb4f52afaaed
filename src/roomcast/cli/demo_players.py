"""The bot players, each in a process of its own: started, watched over, ended."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final

import msgspec

from roomcast.cli.colours import COLOURS
from roomcast.cli.run_digest import RunReport
from roomcast.client.game import Room
from roomcast.client.players import Player

# -P: a student's folder may well hold a random.py or a queue.py of their own; the bots must not import it.
PROGRAM: Final = (sys.executable, "-P", "-m", "roomcast.cli.demo_bot")
END_WITHIN: Final = 2.0  # seconds; after that a bot is killed


class Bot:
    """One bot's process, and what it has told through its shared state."""

    def __init__(self, name: str, arguments: Sequence[str], program: Sequence[str]) -> None:
        self.name = name
        self.id = ""  # its player's, once it has said which bot it is
        self.report: RunReport | None = None
        self.trouble = ""  # a sentence, if its process ended otherwise than well
        # Not a pipe: nobody would read it while the bot runs.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # it is open for as long as the bot is; `end` closes it
        self._process = subprocess.Popen(
            [*program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            **_apart(),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def end(self, give_up: float) -> None:
        """Wait until that time for it to end by itself; then it must. Afterwards `trouble` is known."""
        try:
            self._process.wait(max(0.0, give_up - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            self.trouble = f"{self.name}'s process did not end by itself."
        else:
            self.trouble = self._how_it_ended(self._process.returncode)
        self._errors.close()

    def _how_it_ended(self, code: int) -> str:
        if code == 0:
            return ""
        self._errors.seek(0)
        said = self._errors.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return f"{self.name}'s process {how}{f': {said}' if said else ''}."


class DemoPlayers:
    """All bots of a demo. Leaving its `with` block ends whichever still runs."""

    def __init__(self, room: Room, address: str, count: int, program: Sequence[str] = PROGRAM) -> None:
        self.bots: list[Bot] = []
        try:
            for number, name in enumerate(_names(count)):
                arguments = [f"{address}/{room.name}", name, str(number), room.me.id]
                self.bots.append(Bot(name, arguments, program))
        except BaseException:
            self._end(now=True)
            raise
        room.on("set")(self._told)

    def bot(self, player: str) -> Bot | None:
        """The bot that plays as this player."""
        return next((bot for bot in self.bots if bot.id == player), None)

    @property
    def complete(self) -> bool:
        """Whether every bot is in the room, or will not come any more."""
        return all(bot.id or not bot.running for bot in self.bots)

    @property
    def reported(self) -> bool:
        """Whether every bot has said what it ran, or will not any more."""
        return all(bot.report is not None or not bot.running for bot in self.bots)

    def __enter__(self) -> DemoPlayers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end(now=error is not None or not self.reported)

    def _end(self, *, now: bool) -> None:
        give_up = time.monotonic() + (0 if now else END_WITHIN)
        for bot in self.bots:
            bot.end(give_up)

    def _told(self, player: Player, patch: dict[str, Any]) -> None:
        """A player has set its shared state: perhaps it is one of ours."""
        number = patch.get("bot")
        if type(number) is int and 0 <= number < len(self.bots) and not self.bots[number].id:
            self.bots[number].id = player.id
        bot = self.bot(player.id)
        if bot is not None and bot.report is None and "report" in patch:
            try:
                bot.report = msgspec.convert(patch["report"], RunReport)
            except msgspec.ValidationError:
                pass  # then it has not reported


def _names(count: int) -> list[str]:
    """Names for bots: colours, as long as there are any."""
    colours = list(COLOURS)
    return [colours[n] if n < len(colours) - 1 else f"bot{n + 1}" for n in range(count)]


def _apart() -> dict[str, Any]:
    """Keep our Ctrl-C from the bots: they end when the demo tells them, after their report."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
