"""The record of one simulation run: the last events as text, counts by kind of event, and a digest of everything."""

from __future__ import annotations

from collections import Counter, deque
from hashlib import blake2b
from typing import Final

from roomcast.testing.timeline import Timeline

_LAST_LINES: Final = 200  # kept for people to read
_WIDEST: Final = 160  # characters of a message that are shown
_SHOWN_AS: Final = {0: " | ", 1: "ping", 2: "pong", 3: "close ", ord("\n"): " "}  # the network's control bytes


class Trace:
    """Notes events and carried bytes. `follow`: show each piece of carried bytes as a line, too."""

    def __init__(self, timeline: Timeline, *, follow: bool = False) -> None:
        self.counts: Counter[str] = Counter()
        self.lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._timeline = timeline
        self._follow = follow
        self._digest = blake2b(digest_size=16)

    @property
    def digest(self) -> str:
        """A hash of every byte carried and of every event noted so far, in hexadecimal."""
        return self._digest.hexdigest()

    def note(self, who: str, what: str) -> None:
        """Note an event: who it happened to, and what happened."""
        line = f"{self._timeline.now:10.4f}  {who:<12} {what}"
        self._digest.update(line.encode())
        self.lines.append(line)

    def count(self, kind: str, who: str, what: str) -> None:
        """Count an event by its kind, and note it."""
        self.counts[kind] += 1
        self.note(who, what)

    def carried(self, direction: str, data: bytes) -> None:
        """Note a piece of bytes that has arrived."""
        self._digest.update(data)
        if self._follow:
            self.lines.append(f"{self._timeline.now:10.4f}  {direction:<12} {_shown(data)}")


def _shown(data: bytes) -> str:
    text = data.decode("utf-8", "replace").translate(_SHOWN_AS)
    return text if len(text) < _WIDEST else f"{text[: _WIDEST - 3]}…"
