"""What there is to see of a demo at a moment: the views draw it, the demo moves it on."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from roomcast.cli import trace_text
from roomcast.cli.demo_players import DemoPlayers
from roomcast.cli.dots import Dots
from roomcast.client.players import Player
from roomcast.core.room.command_trace import CommandTrace
from roomcast.hosting import HostedRoom

_OTHERS_FOR: Final = 2.5  # seconds until a command's six steps give way to another's: time enough to read
_OURS_FOR: Final = 0.5  # … to a later one of our own


class DemoState:
    """The room, the game and the bots, and what has happened of late.

    `traces` is where the server puts each command's way when it is complete.
    """

    def __init__(self, room: HostedRoom, dots: Dots, demo_players: DemoPlayers, traces: deque[CommandTrace]) -> None:
        self.room = room
        self.dots = dots
        self.demo_players = demo_players
        self.news: deque[tuple[str, str]] = deque(maxlen=100)  # a player's id, and what it did
        self.arrivals: deque[str] = deque()  # news of coming and going, for those who print them once
        self.trace: CommandTrace | None = None  # the command whose six steps are shown
        self.trace_since = 0.0
        self.started_at: float | None = None
        self._traces = traces
        self._latest: dict[str, CommandTrace] = {}  # of ours and of others', the latest since the one that is shown
        self._shows_ours = False
        self._down: set[int] = set()  # bots that are known not to run any more
        for event, words in (("join", "joined"), ("leave", "left"), ("away", "is away"), ("back", "is back")):
            self._tell(event, words)

    @property
    def seconds(self) -> float:
        """Since the start."""
        return 0.0 if self.started_at is None else time.monotonic() - self.started_at

    def turn(self, wait: float) -> None:
        """Run what has arrived, waiting so many seconds for something; take in what the server watched."""
        self.room.pump(wait=wait)
        self.dots.share_place()
        now = time.monotonic()
        while self._traces:
            trace = self._traces.popleft()
            self.news.append((trace.by, trace_text.call(trace)))
            self._latest["ours" if trace.by == self.room.me.id else "others'"] = trace
        self._perhaps_show(now)
        for number, bot in enumerate(self.demo_players.bots):
            if number not in self._down and bot.report is None and not bot.running:
                self._down.add(number)
                self._add(bot.id or bot.name, "has ended: its process is gone")

    def warn(self, words: str) -> None:
        """Something that the program was warned of; from any thread."""
        self._add("", trace_text.visible(words))

    def _perhaps_show(self, now: float) -> None:
        """Our own commands come first; each command is shown for long enough to be seen."""
        for kind, hold in (("ours", _OURS_FOR if self._shows_ours else 0.0), ("others'", _OTHERS_FOR)):
            trace = self._latest.get(kind)
            if trace is not None and now - self.trace_since >= hold:
                self.trace, self.trace_since, self._shows_ours = trace, now, kind == "ours"
                self._latest.clear()

    def _tell(self, event: str, words: str) -> None:
        @self.room.on(event)
        def tell(player: Player) -> None:
            self._add(player.id, words)

    def _add(self, player: str, words: str) -> None:
        self.news.append((player, words))
        self.arrivals.append(f"{player} {words}".strip())
