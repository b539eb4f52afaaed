"""A command's trace through the server as text: six steps, one line each.

`roomcast serve --show` prints them, and so does the demo. A time that a client did not report is said to be
unknown; nothing is guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from rich.text import Text

from roomcast.client.json_arguments import plain
from roomcast.core.room.command_trace import REPORT_WITHIN, CommandTrace

STEPS: Final = ("acted", "sent", "received", "sent to all", "received", "done")
LEGEND: Final = "Each time counts from the step before; in step 5 it includes the report's trip back to the server."

_MAX_SHOWN: Final = 60  # characters of a call's arguments: a picture sent as text would fill the screen
_FEW: Final = 4  # readers up to which each is shown; of more, the first and the last


def call(trace: CommandTrace) -> str:
    """The command as a call: `move(5, 0)`."""
    args, kwargs = plain(msgspec.Raw(trace.arguments.encode()))
    words = [*map(repr, args), *(f"{name}={value!r}" for name, value in kwargs.items())]
    shown = visible(", ".join(words))
    if len(shown) > _MAX_SHOWN:
        shown = shown[: _MAX_SHOWN - 1] + "…"
    return f"{visible(trace.command)}({shown})"


def visible(text: str) -> str:
    """Untrusted text, made safe to print: control characters and invisible ones are escaped.

    >>> visible("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "replace").decode()
        for character in text
    )


def lines(trace: CommandTrace) -> list[Text]:
    """The six steps of a command, one line each."""
    what = (
        Text(f"{trace.by}'s program called {call(trace)}"),
        _sent(trace),
        _received(trace),
        _sent_to_all(trace),
        _reported(trace, trace.received),
        _reported(trace, trace.ran),
    )
    return [
        Text.assemble((f"{number} {step:<13}", "bold"), line)
        for number, (step, line) in enumerate(zip(STEPS, what, strict=True), 1)
    ]


def heading(trace: CommandTrace) -> Text:
    """The line above the six: whose command it is, and the call."""
    return Text.assemble((trace.by, "bold"), f": {call(trace)}")


def _sent(trace: CommandTrace) -> Text:
    if trace.acted_to_sent is not None:
        return Text.assemble(f"{trace.by}'s program sent it as a message, ", _time(trace.acted_to_sent), " later")
    if trace.by in trace.readers:
        return Text(f"{trace.by}'s program sent it as a message; it did not report when")
    # A starter client does not get its own commands back, so it is not among the readers.
    return Text(f"{trace.by}'s program sent it; starter clients do not report when")


def _received(trace: CommandTrace) -> Text:
    number = (f"number {trace.seq}", "bold")
    return Text.assemble(f"the server read {len(trace.came)} bytes; it is ", number, f" of the room {trace.room}")


def _sent_to_all(trace: CommandTrace) -> Text:
    if not trace.readers:
        return Text("nobody else is there")
    who = trace.readers[0] if len(trace.readers) == 1 else f"each of {len(trace.readers)} players"
    after = _time((trace.sent_at - trace.received_at) * 1000)
    return Text.assemble(f"the server sent {len(trace.went)} bytes to {who}, ", after, " later")


def _reported(trace: CommandTrace, times: dict[str, float]) -> Text:
    """How much later than the step before each player did it, and which players did not report."""
    parts: list[Text] = []
    in_order = sorted(times.items(), key=lambda item: item[1])
    if len(in_order) > _FEW:
        (first, soonest), (last, latest) = in_order[0], in_order[-1]
        first_and_last = (f"first {first} ", _time(soonest, "+"), f", last {last} ", _time(latest, "+"))
        parts.append(Text.assemble(f"{len(in_order)} players, ", *first_and_last))
    elif in_order:
        parts.append(Text(", ").join(Text.assemble(f"{who} ", _time(time, "+")) for who, time in in_order))
    if trace.silent:
        several = len(trace.silent) > 1
        parts.append(Text(f"{_who(trace.silent)} ({'starter clients' if several else 'a starter client'}) cannot say"))
    late = [player for player in trace.readers if player not in times and player not in trace.silent]
    if late:
        parts.append(Text(f"{_who(late)} did not report within {REPORT_WITHIN:g} s"))
    return Text("; ").join(parts) if parts else Text("nobody else is there")


def _who(players: Sequence[str]) -> str:
    if len(players) > _FEW:
        return f"{len(players)} players"
    return " and ".join([", ".join(players[:-1]), players[-1]] if len(players) > 1 else players)


def _time(milliseconds: float, sign: str = "") -> tuple[str, str]:
    """A duration in a fitting unit, with its style."""
    if milliseconds < 0.01:
        return f"{sign}{milliseconds * 1000:.0f} µs", "cyan"
    if milliseconds < 0.995:
        return f"{sign}{milliseconds:.2f} ms", "cyan"
    if milliseconds < 99.95:
        return f"{sign}{milliseconds:.1f} ms", "cyan"
    return f"{sign}{milliseconds / 1000:.2f} s", "cyan"
