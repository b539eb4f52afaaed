"""One command's way, as people read it: the six steps, a line each.

`roomcast serve --show` prints them, and so does the demo. What a client did not report is said to be
unknown; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from rich.text import Text

from roomcast.clients.commands import plain
from roomcast.core.steps import PATIENCE, Way

STEPS: Final = ("acted", "sent", "received", "sent to all", "received", "done")
LEGEND: Final = "Times count from the step before; those of step 5 include the way of the report back to the server."

_LONGEST: Final = 60  # characters of a call's arguments; a picture sent as text would fill the screen
_FEW: Final = 4  # readers that are shown one by one; of more, the first and the last


def call(way: Way) -> str:
    """The command as its player's program wrote it, more or less: `move(5, 0)`."""
    args, kwargs = plain(msgspec.Raw(way.arguments.encode()))
    words = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
    shown = visible(", ".join(words))
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - 1] + "…"
    return f"{visible(way.command)}({shown})"


def visible(text: str) -> str:
    """Text from a stranger, made safe to print: what a terminal would obey or hide becomes visible.

    >>> visible("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "replace").decode()
        for character in text
    )


def lines(way: Way) -> list[Text]:
    """The six steps of a command, one line each."""
    what = (
        Text(f"{way.by}'s program called {call(way)}"),
        _sent(way),
        _received(way),
        _sent_to_all(way),
        _reported(way, way.received),
        _reported(way, way.ran),
    )
    return [
        Text.assemble((f"{number} {step:<13}", "bold"), line)
        for number, (step, line) in enumerate(zip(STEPS, what, strict=True), 1)
    ]


def heading(way: Way) -> Text:
    """The line above the six: whose command it is, and which."""
    return Text.assemble((way.by, "bold"), f": {call(way)}")


def _sent(way: Way) -> Text:
    if way.acted_to_sent is not None:
        return Text.assemble(f"{way.by}'s program sent it as a message, ", _time(way.acted_to_sent), " later")
    if way.by in way.readers:
        return Text(f"{way.by}'s program sent it as a message; it did not report when")
    # To a starter client its own commands do not come back, so it is not among the readers.
    return Text(f"{way.by}'s program sent it; starter clients do not report when")


def _received(way: Way) -> Text:
    number = (f"number {way.seq}", "bold")
    return Text.assemble(f"the server read {len(way.came)} bytes; it is ", number, f" of the room {way.room}")


def _sent_to_all(way: Way) -> Text:
    if not way.readers:
        return Text("nobody else is there")
    who = way.readers[0] if len(way.readers) == 1 else f"each of {len(way.readers)} players"
    after = _time((way.sent_at - way.received_at) * 1000)
    return Text.assemble(f"the server sent {len(way.went)} bytes to {who}, ", after, " later")


def _reported(way: Way, times: dict[str, float]) -> Text:
    """Who did it how much later than the step before, and who did not say."""
    parts: list[Text] = []
    in_order = sorted(times.items(), key=lambda item: item[1])
    if len(in_order) > _FEW:
        (first, soonest), (last, latest) = in_order[0], in_order[-1]
        first_and_last = (f"first {first} ", _time(soonest, "+"), f", last {last} ", _time(latest, "+"))
        parts.append(Text.assemble(f"{len(in_order)} players, ", *first_and_last))
    elif in_order:
        parts.append(Text(", ").join(Text.assemble(f"{who} ", _time(time, "+")) for who, time in in_order))
    if way.silent:
        several = len(way.silent) > 1
        parts.append(Text(f"{_who(way.silent)} ({'starter clients' if several else 'a starter client'}) cannot say"))
    late = [player for player in way.readers if player not in times and player not in way.silent]
    if late:
        parts.append(Text(f"{_who(late)} did not report within {PATIENCE:g} s"))
    return Text("; ").join(parts) if parts else Text("nobody else is there")


def _who(players: Sequence[str]) -> str:
    if len(players) > _FEW:
        return f"{len(players)} players"
    return " and ".join([", ".join(players[:-1]), players[-1]] if len(players) > 1 else players)


def _time(milliseconds: float, sign: str = "") -> tuple[str, str]:
    """A duration as people read it, with its style."""
    if milliseconds < 0.01:
        return f"{sign}{milliseconds * 1000:.0f} µs", "cyan"
    if milliseconds < 0.995:
        return f"{sign}{milliseconds:.2f} ms", "cyan"
    if milliseconds < 99.95:
        return f"{sign}{milliseconds:.1f} ms", "cyan"
    return f"{sign}{milliseconds / 1000:.2f} s", "cyan"
