"""Which names rooms, players and commands may have, and how a player's id is made.

A name is Unicode in its composed form (NFC), without control, format or surrogate characters and
without blanks that look like another blank. A command's name and a player's id hold no blank at all,
so that both can be a word on a line of the starter protocol.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from typing import Final

from roomcast.core.protocol.limits import DEFAULTS, Limits, exceeded
from roomcast.errors import BadArgument

EVENTS: Final = frozenset(
    {
        "join", "leave", "away", "back", "host", "set", "error", "desync",
        "resumed", "skipped", "lost", "offline", "closed", "progress",
    }
)  # fmt: skip
"""Names of events: in Python no command may have them, so that `room.on("join")` means one thing."""

# The command of all pieces of calls that carry bytes: core/parcels.py. No function may be called so.
PARCEL: Final = "roomcast:parcel"

# Instructions that old line clients take for the server's own words.
STARTER_WORDS: Final = frozenset({"newPlayer", "myIDis"})

_JOINER: Final = "\u200d"  # makes one picture of several emoji
_OF_EMOJI: Final = ("So", "Sk", "Mn")  # what stands before a joiner there; elsewhere it would hide in a word

_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # fillers, and Braille without dots
_SELECTORS: Final = frozenset(map(chr, range(0xFE00, 0xFE10)))  # say how the character before them is to look

# Code points that become one composed character, at most (UAX #15). Composing puts marks in order, and takes seconds
# for a long name that is all marks: so what must be too long is not composed at all.
_MAX_COMPOSED: Final = 4

_MAX_SHOWN: Final = 80  # characters of a stranger's text that are shown
_MAX_SENTENCE: Final = 500  # characters of a sentence that the other side has written


def clean_name(name: str, what: str, limits: Limits = DEFAULTS) -> str:
    """Return `name` composed and trimmed, or raise `BadArgument` that says what is wrong with it.

    `what` names the thing for the message: "a room's name", "a player's name".
    """
    if not isinstance(name, str):
        raise BadArgument(f"{what} must be text, not {type(name).__name__}", topic="bad-name")
    good = name.strip(" ")
    if not good:
        raise BadArgument(f"{what} is empty: give it at least one character", topic="bad-name")
    if good.isascii() and good.isprintable() and len(good) <= limits.name_length:
        return good  # most are: none of what follows can be wrong with it
    if len(good) <= _MAX_COMPOSED * limits.name_length:
        good = unicodedata.normalize("NFC", good)
    if len(good) > limits.name_length:
        raise BadArgument(exceeded("name_length", limits, len(good), f"{what} is too long"), topic="bad-name")
    for before, character in zip(" " + good, good, strict=False):
        kind = unicodedata.category(character)
        if character == _JOINER and unicodedata.category(before) in _OF_EMOJI:
            continue
        if kind[0] == "C" or (kind[0] == "Z" and character != " ") or _is_blank(character, before):
            raise BadArgument(
                f"{what} holds the character U+{ord(character):04X} ({kind}), which cannot be seen: remove it",
                topic="bad-name",
            )
    return good


def _is_blank(character: str, before: str) -> bool:
    """Whether nothing is seen where it stands, though it is a letter, a sign or a mark by its category."""
    return character in _BLANK or (before == " " and character in _SELECTORS)


def clean_room_name(name: str, limits: Limits = DEFAULTS) -> str:
    """Return a room's name as `clean_name` does; it holds no "/", so that it can end an address."""
    good = clean_name(name, "a room's name", limits)
    if "/" in good:
        raise BadArgument(f"a room's name holds no '/': {good!r}", topic="bad-name")
    return good


def check_command(name: str, limits: Limits = DEFAULTS) -> str:
    """Return `name` if a command may have it, else raise `BadArgument`."""
    good = clean_name(name, "a command's name", limits)
    if unicodedata.normalize("NFC", name) != name:
        raise BadArgument(f"the command {name!r} is not in composed form (NFC): write it as {good!r}", topic="bad-name")
    if " " in name:
        raise BadArgument(
            f"the command {name!r} has blanks in its name: use move_left, not 'move left'", topic="bad-name"
        )
    return name


def new_id(name: str, taken: Container[str]) -> str:
    """Make an id from a player's name: readable, without blanks, and not in `taken`.

    >>> new_id("Ada Lovelace", {"Ada_Lovelace"})
    'Ada_Lovelace2'
    """
    word = "_".join(name.split()) or "player"
    if word in ("me", "room"):  # words of the wire
        word += "1"
    if word not in taken:
        return word
    # A free number whose predecessor is taken: the lowest one, unless some have become free in between. A thousand
    # players of one name need a few looks each, not a thousand.
    step, used, free = 1, 1, 2
    while f"{word}{free}" in taken:
        used, free, step = free, free + step, step * 2
    while free - used > 1:
        middle = (used + free) // 2
        if f"{word}{middle}" in taken:
            used = middle
        else:
            free = middle
    return f"{word}{free}"


def shortened(text: str) -> str:
    """A stranger's text in a sentence of ours: the sentence goes back to it and into logs, so it has a length."""
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN // 2]} … {text[-_MAX_SHOWN // 2 :]}"


def one_line(text: str) -> str:
    """A sentence that the other side has written, for people: on one line, without what cannot be seen, of a length.

    >>> one_line("go\\x1b[2J  away\\n")
    'go [2J away'
    """
    seen = (one if one.isprintable() else " " for one in text[:_MAX_SENTENCE])
    return " ".join("".join(seen).split()) + (" …" if len(text) > _MAX_SENTENCE else "")


def quoted(text: str) -> str:
    """The same for a name, in quotes."""
    return repr(shortened(text))
