"""Parses what people type in `roomcast join`: something to say, a command, a change of state, or a question.

    hello                    say it to everyone
    /move 5 0                the command move, with 5 and 0
    /paint color=red         arguments by name
    /to Alan hello           only Alan gets it
    /set hat red             your shared state; /setroom the room's; null removes
    /who /state /help /quit  answered by this program

An argument is JSON if it can be parsed as such, else text: 5 is a number, "5" and five are text.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from roomcast.core.protocol.messages import Json

SAY: Final = "say"  # the command for what people say, as in examples/chat.py and line clients
HELP: Final = {
    "/move 5 0": "do something: the command move, for every program in the room",
    "/paint color=red": "… with arguments by name",
    "/to Alan hello": "only Alan gets it; a command will do as well: /to Alan /move 5 0",
    "/set hat red": "a value of your shared state; null removes it",
    "/setroom level 2": "… of the room's",
    "/who": "who is here",
    "/state": "all shared state",
    "/do who": "a command that has the name of one in this list",
    "//move": "say something that begins with a /",
    "/quit": "leave; so do Ctrl-D and Ctrl-C",
}
QUESTIONS: Final = ("who", "state", "help", "quit")

_WORD: Final = re.compile(r"\S+")
_NAMED: Final = re.compile(r"([^\W\d]\w*)=(?=\S)")
_DECODER: Final = json.JSONDecoder()


class Unreadable(Exception):
    """The line cannot be parsed; the message shows how to write it."""


@dataclass(frozen=True, slots=True)
class SendCommand:
    """Send a command. `to`: a player's id, or "" for everyone."""

    command: str
    args: tuple[Json, ...] = ()
    kwargs: dict[str, Json] = field(default_factory=dict)
    to: str = ""


@dataclass(frozen=True, slots=True)
class SetState:
    """Set a value of shared state. `of`: "me" or "room"."""

    of: str
    key: str
    value: Json


@dataclass(frozen=True, slots=True)
class Question:
    """A question that this program answers: one of `QUESTIONS`."""

    what: str


TypedLine: TypeAlias = SendCommand | SetState | Question


def parse(line: str) -> TypedLine | None:
    """Parse a line; None if it is blank. Raises `Unreadable`.

    >>> parse("/move 5 left")
    SendCommand(command='move', args=(5, 'left'), kwargs={}, to='')
    """
    line = line.strip()
    if not line:
        return None
    if line.startswith("//"):
        return SendCommand(SAY, (line[1:],))
    if not line.startswith("/"):
        return SendCommand(SAY, (line,))
    word, rest = _split(line[1:])
    if not word:
        raise Unreadable("a command's name follows the /: /move 5 0, or /help")
    if word in QUESTIONS:
        return Question(word)
    if word == "to":
        return _to(rest)
    if word in ("set", "setroom"):
        key, value = _split(rest)
        if not key or not value:
            raise Unreadable(f"give a key and a value: /{word} hat red, or /{word} hat null to remove it")
        return SetState("me" if word == "set" else "room", key, _value(value))
    if word == "do":
        word, rest = _split(rest)
        if not word:
            raise Unreadable("which command? /do who")
    return _command(word, rest)


def _to(rest: str) -> SendCommand:
    player, rest = _split(rest)
    if not player or not rest:
        raise Unreadable("give a player's id, and what is for it alone: /to Alan hello, or /to Alan /move 5 0")
    inner = parse(rest)
    if not isinstance(inner, SendCommand) or inner.to:
        raise Unreadable("only something to say or a command can be for one player alone: /to Alan hello")
    return SendCommand(inner.command, inner.args, inner.kwargs, player)


def _command(word: str, rest: str) -> SendCommand:
    args: list[Json] = []
    kwargs: dict[str, Json] = {}
    place = 0
    while (place := _past_blanks(rest, place)) < len(rest):
        named = _NAMED.match(rest, place)
        value, place = _argument(rest, named.end() if named else place)
        if named:
            kwargs[named[1]] = value
        else:
            args.append(value)
    return SendCommand(word, tuple(args), kwargs)


def _argument(text: str, place: int) -> tuple[Json, int]:
    """One argument, and the position after it. A list, an object or a quoted text may contain blanks."""
    if text[place] in '"[{':
        try:
            value, end = _DECODER.raw_decode(text, place)
        except (ValueError, RecursionError):
            pass  # text that begins with a quote or bracket
        else:
            if end == len(text) or text[end] == " ":
                return value, end
    found = _WORD.match(text, place)
    assert found
    return _value(found[0]), found.end()


def _value(text: str) -> Json:
    try:
        return json.loads(text, parse_constant=str)  # NaN is no JSON: keep it as text
    except (ValueError, RecursionError):
        return text


def _split(text: str) -> tuple[str, str]:
    """The first word, and the rest without the blanks in between."""
    word, _, rest = text.partition(" ")
    return word, rest.strip()


def _past_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place].isspace():
        place += 1
    return place
