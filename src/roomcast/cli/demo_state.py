"""The state of a demo that its views show: the room, the game, the bots, the latest news."""

from __future__ import annotations

import time
from collections import deque
from typing import Final

from roomcast.cli import trace_text
from roomcast.cli.demo_players import DemoPlayers
from roomcast.cli.dots import Dots
from roomcast.client.players import Player
from roomcast.client.signatures import PresenceEvent
from roomcast.core.room.command_trace import CommandTrace
from roomcast.hosting import HostedRoom

_OTHERS_FOR: Final = 2.5  # seconds for which another player's trace is shown: time enough to read it
_OURS_FOR: Final = 0.5  # … for which one of our own is, before the next of our own


class DemoState:
    """Everything that the views show. The server puts the trace of each command into `traces` when it is complete."""

    def __init__(self, room: HostedRoom, dots: Dots, demo_players: DemoPlayers, traces: deque[CommandTrace]) -> None:
        self.room = room
        self.dots = dots
        self.demo_players = demo_players
        self.news: deque[tuple[str, str]] = deque(maxlen=100)  # (player's id, what it did)
        self.arrivals: deque[str] = deque()  # who joined, left, …; a view takes them out and prints them
        self.trace: CommandTrace | None = None  # the one that is shown
        self.trace_since = 0.0
        self.started_at: float | None = None
        self._traces = traces
        self._latest: dict[str, CommandTrace] = {}  # the latest trace since then, of "ours" and of "others'"
        self._shows_ours = False
        self._ended: set[int] = set()  # numbers of the bots that are known to have ended
        self._report("join", "joined")
        self._report("leave", "left")
        self._report("away", "is away")
        self._report("back", "is back")

    @property
    def seconds(self) -> float:
        """Since the start."""
        return 0.0 if self.started_at is None else time.monotonic() - self.started_at

    def update(self, wait: float) -> None:
        """Run the entries that have arrived, waiting up to `wait` seconds for one; take in new traces."""
        self.room.pump(wait=wait)
        self.dots.share_place()
        now = time.monotonic()
        while self._traces:
            trace = self._traces.popleft()
            self.news.append((trace.by, trace_text.call(trace)))
            self._latest["ours" if trace.by == self.room.me.id else "others'"] = trace
        self._choose_trace(now)
        for number, bot in enumerate(self.demo_players.bots):
            if number not in self._ended and bot.report is None and not bot.running:
                self._ended.add(number)
                self._add(bot.id or bot.name, "has ended: its process is gone")

    def warn(self, words: str) -> None:
        """Add a warning of the library's log to the news. May be called from any thread."""
        self._add("", trace_text.visible(words))

    def _choose_trace(self, now: float) -> None:
        """Show the latest trace, our own first, unless the one shown was not shown long enough yet."""
        for kind, hold in (("ours", _OURS_FOR if self._shows_ours else 0.0), ("others'", _OTHERS_FOR)):
            trace = self._latest.get(kind)
            if trace is not None and now - self.trace_since >= hold:
                self.trace, self.trace_since, self._shows_ours = trace, now, kind == "ours"
                self._latest.clear()

    def _report(self, event: PresenceEvent, words: str) -> None:
        @self.room.on(event)
        def report(player: Player) -> None:
            self._add(player.id, words)

    def _add(self, player: str, words: str) -> None:
        self.news.append((player, words))
        self.arrivals.append(f"{player} {words}".strip())
