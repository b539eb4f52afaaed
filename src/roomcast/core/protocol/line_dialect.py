"""Dialects of the starter protocol: in what old programs differ from it, as one setting of the starter port.

A dialect is written as traits, separated by commas; some take a value: "echo", "wait=3 start", "older,echo".
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from roomcast.core.protocol import names
from roomcast.errors import BadArgument

_MOST_WAIT: Final = 1000  # players to wait for
_NUMBER: Final = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")


@dataclass(frozen=True)
class Dialect:
    """What the clients of one starter port expect, where it is not what docs/protocol.md says."""

    numbers: int | None = None  # ids are numbers, from this one up; None: they are names
    new_player: tuple[str, ...] = ()  # what follows `newPlayer ID`: one text for each player in turn
    my_id: tuple[str, ...] = ()  # what follows `myIDis ID`, in the same way
    tells_id: bool = True  # `myIDis` is said at all
    tells_others: bool = True  # `newPlayer` is
    bare: str = ""  # the room's command for a line that begins with a number; "": the number is the command
    renames: tuple[tuple[str, str], ...] = ()  # a command of the room, and its word on this port
    echo: bool = False  # senders hear their own lines, in the room's order
    unended: bool = False  # what one read brings is a message, though no line end follows
    wait: int = 0  # starter clients that must be there before any of them is greeted
    begin: str = ""  # the line that each hears after its greeting
    refused: str = ""  # the word before the reason why a line of theirs was refused; "": they hear nothing of it


PLAIN: Final = Dialect()
"""The starter protocol as it is."""


def begins_with_number(word: str) -> bool:
    """Whether a line that begins with this word is bare: it has details and no instruction."""
    return _NUMBER.fullmatch(word) is not None


class Trait(NamedTuple):
    """One difference, as it is written in the setting."""

    usage: str  # an example
    what: str  # what it changes, for the help and the docs
    take: Callable[[Dialect, str], Dialect]  # the dialect with it; the value is "" where none is given
    needs: str = ""  # an example of the value, where there must be one
    takes: bool = False  # it may have a value


def parse_dialect(text: str) -> Dialect:
    """The dialect that a setting names; "" is the starter protocol as it is.

    Raises `BadArgument`, with a sentence that says what to write instead.

    >>> parse_dialect("echo, wait=3").wait
    3
    """
    names_given = [part.partition("=")[0].strip().lower() for part in text.split(",")]
    for name in filter(None, names_given):
        if names_given.count(name) > 1 and name != "rename":  # of which each has words of its own
            raise BadArgument(f"{names.quoted(name)} is there more than once: write it once")
    return _with(PLAIN, text)


def _with(dialect: Dialect, text: str) -> Dialect:
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        trait = _trait(name)
        if equals and not (trait.needs or trait.takes):
            raise BadArgument(f"{name!r} takes no value: write {name}")
        if trait.needs and not value:
            raise BadArgument(f"{name!r} needs a value: write {name}={trait.needs}")
        dialect = trait.take(dialect, value)
    return dialect


def _trait(name: str) -> Trait:
    known = {one.lower(): trait for one, trait in TRAITS.items()}
    trait = known.get(name.lower())
    if trait is None:
        near = difflib.get_close_matches(name.lower(), known, 1)
        hint = f"perhaps {near[0]}?" if near else f"there are {', '.join(TRAITS)}"
        raise BadArgument(f"no dialect has {names.quoted(name)}: {hint}")
    return trait


# ---------------------------------------------------------------------- values


def _texts(value: str) -> tuple[str, ...]:
    """Texts for one player after the other, separated by slashes; each is words separated by single blanks."""
    texts = tuple(" ".join(text.split()) for text in value.split("/"))
    if not all(map(str.isprintable, texts)):
        raise BadArgument(f"{names.quoted(value)} holds characters that cannot be seen")
    return texts


def _command(word: str) -> str:
    command = names.check_command(word)
    if command in names.STARTER_WORDS or command == names.PARCEL:
        raise BadArgument(f"{command!r} is a word of the protocol itself: take another")
    return command


def _whole(value: str, least: int, most: int, what: str) -> int:
    number = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1
    if not least <= number <= most:
        raise BadArgument(f"{what}, from {least} to {most}, not {names.quoted(value)}")
    return number


def _rename(dialect: Dialect, value: str) -> Dialect:
    inside, colon, here = (piece.strip() for piece in value.partition(":"))
    if not colon:
        raise BadArgument(f"'rename' needs two words, as in rename=move:playerMoved, not {names.quoted(value)}")
    pair = _command(inside), _command(here)
    if any(pair[0] == one or pair[1] == other for one, other in dialect.renames):
        raise BadArgument(f"'rename' has {inside!r} or {here!r} twice")
    return replace(dialect, renames=(*dialect.renames, pair))


def _wait(dialect: Dialect, value: str) -> Dialect:
    count, _, word = value.partition(" ")
    begin = _command(word.strip()) if word.strip() else ""
    return replace(dialect, wait=_whole(count, 2, _MOST_WAIT, "'wait' takes a number of players"), begin=begin)


def _numbers(dialect: Dialect, value: str) -> Dialect:
    return replace(dialect, numbers=_whole(value or "0", 0, 999_999_999, "'numbers' takes the first number"))


TRAITS: Final = {
    "older": Trait(
        "older",
        "the tutorial's older edition: `newPlayer 0 100 100`, no `myIDis`, and moves as bare `12 34`, which the others "
        "read as `playerMoved 0 12 34`; short for `numbers,newPlayer=100 100,no-myIDis,bare=move,playerMoved`",
        lambda dialect, _: _with(dialect, "numbers,newPlayer=100 100,no-myIDis,bare=move,playerMoved"),
    ),
    "playerMoved": Trait(
        "playerMoved",
        "the room's `move` is called `playerMoved` here; short for `rename=move:playerMoved`",
        lambda dialect, _: _rename(dialect, "move:playerMoved"),
    ),
    "numbers": Trait(
        "numbers", "ids are 0, 1, 2 … in place of names; `numbers=1` begins with 1", _numbers, takes=True
    ),
    "newPlayer": Trait(
        "newPlayer=100 100",
        "words that follow each `newPlayer ID`; `newPlayer=red/blue` gives each player its own, in turn",
        lambda dialect, value: replace(dialect, new_player=_texts(value), tells_others=True),
        needs="100 100",
    ),
    "myIDis": Trait(
        "myIDis=red/blue",
        "words that follow `myIDis ID`, in the same way: `myIDis A red`",
        lambda dialect, value: replace(dialect, my_id=_texts(value), tells_id=True),
        needs="red/blue",
    ),
    "no-myIDis": Trait("no-myIDis", "nobody is told its id", lambda dialect, _: replace(dialect, tells_id=False)),
    "no-newPlayer": Trait(
        "no-newPlayer",
        "nobody is told who is there, and who comes",
        lambda dialect, _: replace(dialect, tells_others=False),
    ),
    "bare": Trait(
        "bare=move",
        "a line that begins with a number is the command `move`: `12 34` is `move 12 34`",
        lambda dialect, value: replace(dialect, bare=_command(value or "move")),
        takes=True,
    ),
    "rename": Trait(
        "rename=say:chat",
        "the room's `say` is called `chat` here, both when they say it and when they hear it",
        _rename,
        needs="say:chat",
    ),
    "echo": Trait(
        "echo",
        "who says something hears it, too, at its place in the room's order",
        lambda dialect, _: replace(dialect, echo=True),
    ),
    "wait": Trait(
        "wait=3 start",
        "nobody hears anything until three starter clients are there; then each is greeted, and hears `start`, "
        "if a word is given",
        _wait,
        needs="3",
    ),
    "refused": Trait(
        "refused=sorry",
        "whose line is refused hears why, as words: `sorry too fast`",
        lambda dialect, value: replace(dialect, refused=_command(value)),
        needs="sorry",
    ),
    "unended": Trait(
        "unended",
        "they send messages without a line end: what one read brings is one message. What they hear has line ends",
        lambda dialect, _: replace(dialect, unended=True),
    ),
}  # fmt: skip
"""All traits, by the name under which they are written."""
