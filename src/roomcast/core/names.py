"""Which names rooms, players and commands may have, and how a player's id is made.

A name is Unicode in its composed form (NFC), without control, format or surrogate characters and
without blanks that look like another blank. A command's name and a player's id hold no blank at all,
so that both can be a word on a line of the starter protocol.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container
from typing import Final

from roomcast.errors import BadArgument

MAX_NAME: Final = 64  # characters: a name that fits on a line of a list
EVENTS: Final = frozenset(
    {
        "join", "leave", "away", "back", "set", "error", "desync",
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

_SEEN_COMMANDS: set[str] = set()  # names found good before; a cache, bounded below
_MAX_SEEN: Final = 4096


def clean_name(name: str, what: str) -> str:
    """Return `name` composed and trimmed, or raise `BadArgument` that says what is wrong with it.

    `what` names the thing for the message: "a room's name", "a player's name".
    """
    if not isinstance(name, str):
        raise BadArgument(f"{what} must be text, not {type(name).__name__}")
    good = unicodedata.normalize("NFC", name).strip(" ")
    if not good:
        raise BadArgument(f"{what} is empty: give it at least one character")
    if len(good) > MAX_NAME:
        raise BadArgument(f"{what} has {len(good)} characters: at most {MAX_NAME} are allowed")
    for before, character in zip(" " + good, good, strict=False):
        kind = unicodedata.category(character)
        if character == _JOINER and unicodedata.category(before) in _OF_EMOJI:
            continue
        if kind[0] == "C" or (kind[0] == "Z" and character != " "):
            raise BadArgument(
                f"{what} holds the character U+{ord(character):04X} ({kind}), which cannot be seen: remove it"
            )
    return good


def clean_room_name(name: str) -> str:
    """Return a room's name as `clean_name` does; it holds no "/", so that it can end an address."""
    good = clean_name(name, "a room's name")
    if "/" in good:
        raise BadArgument(f"a room's name holds no '/': {good!r}")
    return good


def check_command(name: str) -> str:
    """Return `name` if a command may have it, else raise `BadArgument`."""
    if name in _SEEN_COMMANDS:
        return name
    good = clean_name(name, "a command's name")
    if unicodedata.normalize("NFC", name) != name:
        raise BadArgument(f"the command {name!r} is not in composed form (NFC): write it as {good!r}")
    if " " in name:
        raise BadArgument(f"the command {name!r} has blanks in its name: use move_left, not 'move left'")
    if len(_SEEN_COMMANDS) < _MAX_SEEN:
        _SEEN_COMMANDS.add(name)
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
    count = 2
    while f"{word}{count}" in taken:
        count += 1
    return f"{word}{count}"
