"""Changes that keep an input nearly sensible: most random bytes are refused at the door, and what is behind it stays
unseen. So half of the changes know what a script, a line and a JSON value are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any, Final

_VALUES: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, 2, -1, 3, 64, 2**31, 2**53, 2**63, 2**64 - 1, 10**30, 0.5, -0.0, 1e308,
    "", "me", "room", "dots", "Ada", "P0", "P1", "P2", "Witness", "secret-2", "secret-3", "move", "say", "draw", "join",
    "picture", "roomcast:parcel", "add", "claim", "swap", [1, 6, "GgoA"], [1], "AAEC",
    "newPlayer", "a b", "a/b", "\n", "\r", "\u2028", "\x85", "\u200d", "\x00", "é", "e\u0301", "🎲", "x" * 65,
    "x" * 300,     [], {}, [[]], {"x": {}}, {"x": None}, [1, 2], ["Ada"], ["P1"], {"dx": 1}, {"x": "v" * 200},
)  # fmt: skip
_TYPES: Final = (
    "hello", "do", "set", "done", "check", "ping", "watch", "history", "kick", "close",
    "welcome", "join", "leave", "away", "back", "desync", "hidden", "skipped", "error", "bye",
    "pong", "report", "watching", "passage", "counts",
)  # fmt: skip
_KEYS: Final = (
    "t", "n", "c", "a", "to", "of", "p", "whole", "op", "was", "s", "d", "ran", "sent", "room", "name", "v", "resume",
    "session",
    "seen", "epoch", "by", "at", "why", "me", "time", "limits", "snapshot", "resumed", "lost", "steps", "from", "code",
    "message", "again", "after", "id", "sizes", "b", "fresh", "who", "players", "state", "id", "here", "x", "token",
    "every", "admin",
)  # fmt: skip
_SIGNS: Final = (
    b"\n",
    b" ",
    b"\r",
    b"\t",
    b"\0",
    b"[" * 300,
    b"]",
    b'"',
    b"\\",
    b"\xff",
    b"\xc3",
    b"1" * 30,
    b"x" * 60,
)
_OPERATIONS: Final = b"0123abc-!<>~t*s%FRW+dDBSop"
_REST: Final = (b"", b"0", b"1", b"a", b"b", b"5", b"10", b"50", b"150")

words: Final = [json.dumps(one).encode() for one in (*_TYPES, *_KEYS)]
"""What a message is made of, for the fuzzer's own changes."""


def mutated(data: bytes, longest: int, seed: int, *, script: bool, plainly: Callable[[bytes, int], bytes]) -> bytes:
    """Another input, like `data`; `plainly` is the fuzzer's own way."""
    chance = random.Random(seed)
    if chance.random() < 0.4:
        return plainly(data, longest)
    for _ in range(chance.choice((1, 1, 2, 4))):
        data = _steps(data, chance) if script and chance.random() < 0.5 else _one_line(data, chance)
    return data[:longest]


def _steps(data: bytes, chance: random.Random) -> bytes:
    """Leave out, double, move or add a step of a script."""
    steps = data.split(b"\0")
    at, other = chance.randrange(len(steps)), chance.randrange(len(steps))
    what = chance.randrange(5)
    if what == 0 and len(steps) > 1:
        del steps[at]
    elif what == 1:
        steps.insert(other, steps[at])
    elif what == 2:
        steps[at], steps[other] = steps[other], steps[at]
    elif what == 3 and steps[at]:
        steps[at] = bytes([chance.choice(_OPERATIONS)]) + steps[at][1:]
    else:
        steps.insert(at, bytes([chance.choice(_OPERATIONS)]) + chance.choice(_REST))
    return b"\0".join(steps)


def _one_line(data: bytes, chance: random.Random) -> bytes:
    """Change a line, in its JSON where it has some."""
    lines = data.replace(b"\0", b"\0\n").split(b"\n")
    at = chance.randrange(len(lines))
    line = lines[at]
    start = line.find(b"{")
    try:
        value = json.loads(line[start:].rstrip(b"\0"))
    except (ValueError, RecursionError):
        place = chance.randrange(len(line) + 1)
        lines[at] = line[:place] + chance.choice(_SIGNS) + line[place:]
    else:
        end = b"\0" if line.endswith(b"\0") else b""
        separators = (",", ":") if chance.random() < 0.8 else (" , ", " : ")
        text = json.dumps(_value(value, chance), ensure_ascii=chance.random() < 0.3, separators=separators)
        lines[at] = line[:start] + text.encode("utf-8", "surrogatepass") + end
    return b"\n".join(lines).replace(b"\0\n", b"\0")


def _value(value: Any, chance: random.Random) -> Any:
    """The value with one thing in it changed."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        what = chance.randrange(6)
        if what == 0:
            return {name: one for name, one in value.items() if name != key}
        if what == 1:
            return {**value, chance.choice(_KEYS): chance.choice(_VALUES)}
        if what == 2 and "t" in value:
            return {**value, "t": chance.choice(_TYPES)}
        return {**value, key: _value(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        if chance.random() < 0.3:
            return value + value
        return [*value[:at], _value(value[at], chance), *value[at + 1 :]]
    if type(value) is int and chance.random() < 0.7:
        return value + chance.choice((-2, -1, 1, 1, 1, 2, 10))
    if chance.random() < 0.2:
        return [value]
    return chance.choice(_VALUES)
