"""The processes of the bot players: started, observed, ended."""

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

# -P: a student's folder may hold a random.py or a queue.py, which the bots must not import.
PROGRAM: Final = (sys.executable, "-P", "-m", "roomcast.cli.demo_bot")
END_WITHIN: Final = 2.0  # seconds; after that a bot is killed


class Bot:
    """One bot's process, and what the bot has reported through its shared state."""

    def __init__(self, name: str, arguments: Sequence[str], program: Sequence[str]) -> None:
        self.name = name
        self.id = ""  # its player's id, once it is in the room
        self.report: RunReport | None = None
        self.trouble = ""  # a sentence, if its process failed
        # Not a pipe: nobody reads it while the bot runs, so it could fill up.
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  # it is open for as long as the bot is; `end` closes it
        self._process = subprocess.Popen(
            [*program, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            **_own_process_group(),
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def end(self, give_up: float) -> None:
        """Wait for it to end by itself, until the time `give_up` (monotonic); then kill it. Sets `trouble`."""
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
    """All bots of a demo. Leaving the `with` block ends those that still run."""

    def __init__(self, room: Room, address: str, count: int, program: Sequence[str] = PROGRAM) -> None:
        self.bots: list[Bot] = []
        try:
            for number, name in enumerate(_names(count)):
                arguments = [f"{address}/{room.name}", name, str(number), room.me.id]
                self.bots.append(Bot(name, arguments, program))
        except BaseException:
            self._end(now=True)
            raise
        room.on("set")(self._on_set)

    def bot(self, player: str) -> Bot | None:
        """The bot that plays as this player."""
        return next((bot for bot in self.bots if bot.id == player), None)

    @property
    def complete(self) -> bool:
        """Whether every bot is in the room, or has ended."""
        return all(bot.id or not bot.running for bot in self.bots)

    @property
    def reported(self) -> bool:
        """Whether every bot has reported what it ran, or has ended."""
        return all(bot.report is not None or not bot.running for bot in self.bots)

    def __enter__(self) -> DemoPlayers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._end(now=error is not None or not self.reported)

    def _end(self, *, now: bool) -> None:
        give_up = time.monotonic() + (0 if now else END_WITHIN)
        for bot in self.bots:
            bot.end(give_up)

    def _on_set(self, player: Player, patch: dict[str, Any]) -> None:
        """A player has set its shared state, and may be one of the bots."""
        number = patch.get("bot")
        if type(number) is int and 0 <= number < len(self.bots) and not self.bots[number].id:
            self.bots[number].id = player.id
        bot = self.bot(player.id)
        if bot is not None and bot.report is None and "report" in patch:
            try:
                bot.report = msgspec.convert(patch["report"], RunReport)
            except msgspec.ValidationError:
                pass  # counts as no report


def _names(count: int) -> list[str]:
    """Names for bots: colours, then bot10, bot11, …"""
    colours = list(COLOURS)
    return [colours[n] if n < len(colours) - 1 else f"bot{n + 1}" for n in range(count)]


def _own_process_group() -> dict[str, Any]:
    """Options for a process that does not get our Ctrl-C: bots end after their report."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}
