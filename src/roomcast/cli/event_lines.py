"""Formats what happens in a room as lines: as text for people, as JSON for programs."""

from __future__ import annotations

import base64
import json
import time
from typing import Final, Protocol

from rich.console import Console
from rich.text import Text

from roomcast.cli.colours import colour_of
from roomcast.cli.trace_text import visible
from roomcast.cli.typed_line import SAY
from roomcast.client.aio import AsyncRoom
from roomcast.client.log_entry import LogEntry
from roomcast.core.protocol.messages import Json
from roomcast.errors import Refused
from roomcast.help_topics import with_link

_MAX_SHOWN: Final = 300  # characters of a command's arguments; a picture sent as text would fill the screen
_PRESENCE_WORDS: Final = {
    "join": ("+", "is here"),
    "leave": ("-", "has left"),
    "away": ("~", "has lost the connection; the seat is kept"),
    "back": ("+", "is back"),
}


class EventLines(Protocol):
    """Prints one line for each thing that happens."""

    def welcome(self, room: AsyncRoom, server: str) -> None: ...
    def entry(self, room: AsyncRoom, entry: LogEntry) -> None: ...
    def event(self, kind: str, **what: Json) -> None:
        """Something that is not in the log: offline, resumed, skipped, lost, error, closed, note."""


class JsonLines:
    """One JSON object per line."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def welcome(self, room: AsyncRoom, server: str) -> None:
        players = [{"id": one.id, "name": one.name, "here": one.here} for one in room.players]
        state = dict(room.state.items())
        self._print(
            {"kind": "welcome", "room": room.name, "code": room.code, "server": server, "me": room.me.id}
            | {"seq": room.seq, "players": players, "state": state}
        )

    def entry(self, room: AsyncRoom, entry: LogEntry) -> None:
        line: dict[str, Json] = {"kind": entry.kind, "seq": entry.seq, "at": entry.at, "player": entry.player.id}
        self._print(line | self._what(entry))

    def _what(self, entry: LogEntry) -> dict[str, Json]:
        line: dict[str, Json] = {}
        if entry.kind == "do":
            line |= {"command": entry.command, "args": entry.args, "kwargs": entry.kwargs or {}}
            if entry.to is not None:
                line["to"] = entry.to
        elif entry.kind == "set":
            line |= {"of": entry.of, "patch": entry.patch}
        elif entry.kind == "join":
            line["name"] = entry.player.name
        if entry.effects:
            line["effects"] = [{"kind": one.kind, "player": one.player.id} | self._what(one) for one in entry.effects]
        return line

    def event(self, kind: str, **what: Json) -> None:
        self._print({"kind": kind, **what})

    def _print(self, line: dict[str, Json]) -> None:
        # Not console.print, which would wrap the line. Control characters are escaped by JSON.
        print(json.dumps(line, ensure_ascii=False, default=_as_json), file=self._console.file, flush=True)


class TextLines:
    """Text for people. `clock`: each line begins with the time of day."""

    def __init__(self, console: Console, *, clock: bool) -> None:
        self._console = console
        self._clock = clock

    def welcome(self, room: AsyncRoom, server: str) -> None:
        others = [who(one.id, here=one.here) for one in room.players if one != room.me]
        self.say(
            Text.assemble(
                "You are ", who(room.me.id), " in the room ", (visible(room.name), "bold"), f" on {visible(server)}; ",
                "its code is ", (visible(room.code), "bold cyan"), ".",
            )
        )  # fmt: skip
        if others:
            self.say(Text.assemble("Here: ", Text(", ").join(others)))
        else:
            self.say(Text("Nobody else is here yet."))

    def entry(self, room: AsyncRoom, entry: LogEntry) -> None:
        player = entry.player.id
        if entry.kind == "do":
            self._stamped(entry.at, Text.assemble(*self._did(room, entry)))
        elif entry.kind == "set":
            whose = "the room's state" if entry.of == "room" else "own state"
            for key, value in (entry.patch or {}).items():
                change = f"{visible(key)} is gone" if value is None else f"{visible(key)} = {shown(value)}"
                self._stamped(entry.at, Text.assemble(who(player), (f" set {whose}: {change}", "dim")))
        elif entry.kind in _PRESENCE_WORDS:
            sign, words = _PRESENCE_WORDS[entry.kind]
            self._stamped(entry.at, Text.assemble((f"{sign} ", "dim"), who(player), (f" {words}", "dim")))
        for one in entry.effects:
            self._effect(room, one)

    def _effect(self, room: AsyncRoom, one: LogEntry) -> None:
        """What the room's rules did."""
        if one.kind != "set":
            self.entry(room, one)
            return
        whose = who(one.player.id) if one.player.id else Text("the room", "bold")
        for key, value in (one.patch or {}).items():
            change = f"{visible(key)} is gone" if value is None else f"{visible(key)} = {shown(value)}"
            self._stamped(one.at, Text.assemble(whose, (f": {change}", "dim")))

    def _did(self, room: AsyncRoom, entry: LogEntry) -> list[Text | tuple[str, str] | str]:
        start: list[Text | tuple[str, str] | str] = [
            who(entry.player.id) if entry.player.id else Text("the room", "bold")
        ]
        if entry.to is not None:
            names = ", ".join("you" if one == room.me.id else visible(one) for one in entry.to)
            start.append((f" (only to {names or 'nobody'})", "dim"))
        if entry.command == SAY and not entry.kwargs:
            return [*start, ": ", " ".join(one if isinstance(one, str) else shown(one) for one in entry.args)]
        return [*start, " ", (visible(entry.command), "bold"), f"({arguments(entry)})"]

    def event(self, kind: str, **what: Json) -> None:
        if kind != "closed":  # reported at the very end, like any error of a subcommand
            words, style = _event(kind, what)
            self.say(Text(words, style))

    def say(self, line: Text) -> None:
        """Print a line of this program's own."""
        self._stamped(time.time(), line)

    def _stamped(self, at: float, line: Text) -> None:
        if self._clock:
            line = Text.assemble((time.strftime("%H:%M ", time.localtime(at)), "dim"), line)
        self._console.print(_safe(line), soft_wrap=True)
        self._console.file.flush()


def who(player: str, *, here: bool = True) -> Text:
    """A player's id, safe to print and in its colour."""
    return Text(visible(player), f"bold {colour_of(player)}") if here else Text(f"{visible(player)} (away)", "dim")


def arguments(entry: LogEntry) -> str:
    """The arguments of a command, as in a call; shortened where they are long."""
    words = [
        *map(shown, entry.args),
        *(f"{visible(name)}={shown(value)}" for name, value in (entry.kwargs or {}).items()),
    ]
    text = ", ".join(words)
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"


def shown(value: Json) -> str:
    """A value as JSON, safe to print; for bytes, their number."""
    return visible(json.dumps(value, ensure_ascii=False, default=lambda one: f"{len(one):,} bytes"))


def _as_json(value: object) -> Json:
    """Encode bytes, which arguments may be and JSON has no type for."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(f"no JSON for {type(value).__name__}")


def refusal(error: Refused) -> dict[str, Json]:
    return {"code": error.code, "message": error.message, "help": error.topic}


def _event(kind: str, what: dict[str, Json]) -> tuple[str, str]:
    match kind:
        case "offline":
            return f"✗ offline: {what['why']}; trying again …", "yellow"
        case "resumed":
            missed = what["missed"]
            return f"✓ back; {_count(missed, 'entry', 'entries')} to catch up with" if missed else "✓ back", "green"
        case "skipped":
            return f"! this program read too slowly: entries {what['first']} to {what['last']} were skipped", "yellow"
        case "lost":
            return f"! a new session: {what['why']}", "yellow"
        case "error":
            return f"! {with_link(str(what['message']), str(what['help']))}", "red"
        case _:
            return str(what.get("text", "")), "dim"


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _safe(line: Text) -> Text:
    """The line with control characters escaped and its styles kept."""
    if line.plain.isprintable():
        return line
    safe = Text()
    for part in line.split(allow_blank=True) if "\n" in line.plain else [line]:
        spans = part.spans
        piece = Text("".join(one if one.isprintable() else visible(one) for one in part.plain))
        piece.spans = spans if len(piece) == len(part) else []
        safe.append(" ⏎ " if safe else "").append_text(piece)
    return safe
