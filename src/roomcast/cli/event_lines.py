"""What happens in a room, as lines: for people with colours and words, for programs as JSON."""

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

_LONGEST: Final = 300  # characters of a command's arguments; a picture sent as text would fill the screen
_COMINGS: Final = {
    "join": ("+", "is here"),
    "leave": ("-", "has left"),
    "away": ("~", "has lost the connection; the seat is kept"),
    "back": ("+", "is back"),
}


class EventLines(Protocol):
    """Where a session goes."""

    def welcome(self, room: AsyncRoom, server: str) -> None: ...
    def entry(self, room: AsyncRoom, entry: LogEntry) -> None: ...
    def event(self, kind: str, **what: Json) -> None:
        """Something that is not in the log: offline, resumed, skipped, lost, error, note."""


class JsonLines:
    """One JSON object a line."""

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
        if entry.kind == "do":
            line |= {"command": entry.command, "args": entry.args, "kwargs": entry.kwargs or {}}
            if entry.to is not None:
                line["to"] = entry.to
        elif entry.kind == "set":
            line |= {"of": entry.of, "patch": entry.patch}
        elif entry.kind == "join":
            line["name"] = entry.player.name
        self._print(line)

    def event(self, kind: str, **what: Json) -> None:
        self._print({"kind": kind, **what})

    def _print(self, line: dict[str, Json]) -> None:
        # Not by the console's own means, which would wrap it. What a terminal would obey, JSON has escaped.
        print(json.dumps(line, ensure_ascii=False, default=_as_json), file=self._console.file, flush=True)


class TextLines:
    """Words for people. `clock`: with the time of day before them."""

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
        elif entry.kind in _COMINGS:
            sign, words = _COMINGS[entry.kind]
            self._stamped(entry.at, Text.assemble((f"{sign} ", "dim"), who(player), (f" {words}", "dim")))

    def _did(self, room: AsyncRoom, entry: LogEntry) -> list[Text | tuple[str, str] | str]:
        start: list[Text | tuple[str, str] | str] = [who(entry.player.id)]
        if entry.to is not None:
            names = ", ".join("you" if one == room.me.id else visible(one) for one in entry.to)
            start.append((f" (only to {names or 'nobody'})", "dim"))
        if entry.command == SAY and not entry.kwargs:
            return [*start, ": ", " ".join(one if isinstance(one, str) else shown(one) for one in entry.args)]
        return [*start, " ", (visible(entry.command), "bold"), f"({arguments(entry)})"]

    def event(self, kind: str, **what: Json) -> None:
        if kind != "closed":  # that is said last of all, as any error of a command
            words, style = _event(kind, what)
            self.say(Text(words, style))

    def say(self, line: Text) -> None:
        """A line of this program's own."""
        self._stamped(time.time(), line)

    def _stamped(self, at: float, line: Text) -> None:
        if self._clock:
            line = Text.assemble((time.strftime("%H:%M ", time.localtime(at)), "dim"), line)
        self._console.print(_safe(line), soft_wrap=True)
        self._console.file.flush()


def who(player: str, *, here: bool = True) -> Text:
    """A player as it is shown."""
    return Text(visible(player), f"bold {colour_of(player)}") if here else Text(f"{visible(player)} (away)", "dim")


def arguments(entry: LogEntry) -> str:
    """What a command was called with, as in a program."""
    words = [
        *map(shown, entry.args),
        *(f"{visible(name)}={shown(value)}" for name, value in (entry.kwargs or {}).items()),
    ]
    text = ", ".join(words)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def shown(value: Json) -> str:
    """A value as JSON; bytes, which JSON does not know, by how many they are."""
    return visible(json.dumps(value, ensure_ascii=False, default=lambda one: f"{len(one):,} bytes"))


def _as_json(value: object) -> Json:
    """What JSON does not know and a call may have: bytes."""
    if isinstance(value, bytes | bytearray | memoryview):
        return {"base64": base64.b64encode(value).decode()}
    raise TypeError(f"no JSON for {type(value).__name__}")


def refusal(error: Refused) -> dict[str, Json]:
    return {"code": error.code, "message": error.message}


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
            return f"! {what['message']}", "red"
        case _:
            return str(what.get("text", "")), "dim"


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


def _safe(line: Text) -> Text:
    """Nothing that a terminal would obey, wherever it came from; the styles stay where they are."""
    if line.plain.isprintable():
        return line
    safe = Text()
    for part in line.split(allow_blank=True) if "\n" in line.plain else [line]:
        spans = part.spans
        piece = Text("".join(one if one.isprintable() else visible(one) for one in part.plain))
        piece.spans = spans if len(piece) == len(part) else []
        safe.append(" ⏎ " if safe else "").append_text(piece)
    return safe
