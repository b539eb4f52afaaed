"""A session of `roomcast join`: prints what happens in the room, and executes what is typed."""

from __future__ import annotations

import asyncio
from typing import Final

from rich.text import Text

from roomcast.cli import typed_line
from roomcast.cli.event_lines import EventLines, TextLines, arguments, refusal, shown, who
from roomcast.cli.trace_text import visible
from roomcast.client.aio import AsyncRoom
from roomcast.core.protocol import room_codes
from roomcast.core.protocol.messages import Json
from roomcast.errors import Refused, RoomcastError, RoomClosed, sentence

_MAX_WAITING: Final = 1000  # unacknowledged messages at which a pipe is not read further


class JoinSession:
    """A session in a room that was joined by the name or code `asked`."""

    def __init__(self, room: AsyncRoom, lines: EventLines, asked: str, server: str) -> None:
        self.room = room
        self.lines = lines
        self.commands: dict[str, str] = {}  # those seen so far, each with its latest arguments
        self.offline = False
        self.over: RoomClosed | None = None  # why the room is over; None while it is not
        self._tell_events()
        lines.welcome(room, server)
        self._explain_code(asked)

    async def listen(self) -> None:
        """Print the room's entries until the room is over."""
        try:
            async for entry in self.room:
                if entry.kind == "do":
                    self.commands[entry.command] = arguments(entry)
                self.lines.entry(self.room, entry)
        except RoomClosed as error:
            self.over = error

    def execute(self, line: str) -> bool:
        """Execute a typed line; an error in it is printed. Returns False to leave the room."""
        try:
            meant = typed_line.parse(line)
            if isinstance(meant, typed_line.SendCommand):
                to = self._player(meant.to) if meant.to else None
                self.room.send(meant.command, *meant.args, to=to, **meant.kwargs)
            elif isinstance(meant, typed_line.SetState):
                state = self.room.me if meant.of == "me" else self.room.state
                state.update({meant.key: meant.value})
            elif isinstance(meant, typed_line.Question):
                return self._answer(meant.what)
        except (typed_line.Unreadable, RoomcastError, TypeError) as error:
            topic = error.topic if isinstance(error, RoomcastError) else "usage"
            self.lines.event("error", code="", message=sentence(error), help=topic)
        return True

    async def execute_at_pace(self, line: str) -> bool:
        """As `execute`, but wait first while too many messages are unacknowledged: a pipe brings lines fast."""
        while self.room.unacknowledged >= _MAX_WAITING and not self.room.closed:  # noqa: ASYNC110  # the client core has no events
            await asyncio.sleep(0.02)
        return self.execute(line)

    async def wait_until_acknowledged(self) -> None:
        """Wait until everything that was sent is acknowledged, without a time limit."""
        while self.room.unacknowledged and not self.room.closed:  # noqa: ASYNC110  # the client core has no events
            await asyncio.sleep(0.02)

    def _player(self, player: str) -> str:
        if player not in self.room.players:
            here = ", ".join(one.id for one in self.room.players)
            raise typed_line.Unreadable(f"there is no player {player!r} here, only {here}")
        return player

    # ------------------------------------------------------------------ questions that this program answers

    def _answer(self, what: str) -> bool:
        lines = self.lines
        if what == "quit":
            return False
        if not isinstance(lines, TextLines):  # in JSON, the welcome and the entries have all this
            return True
        if what == "who":
            for player in self.room.players:
                you = " (you)" if player == self.room.me else ""
                lines.say(Text.assemble("  ", who(player.id, here=player.here), you, (self._described(player), "dim")))
        elif what == "state":
            lines.say(Text.assemble("  the room: ", self._listed(dict(self.room.state.items()))))
            for player in self.room.players:
                lines.say(Text.assemble("  ", who(player.id), ": ", self._listed(dict(player.items()))))
        else:
            for example, meaning in typed_line.HELP.items():
                lines.say(Text.assemble((f"  {example:<18}", "cyan"), meaning))
            if self.commands:
                seen = ", ".join(f"/{visible(name)}" for name in list(self.commands)[-12:])
                lines.say(Text.assemble("  Seen here so far: ", (seen, "cyan"), " (Tab completes)"))
        return True

    def _described(self, player: object) -> str:
        name = getattr(player, "name", "")
        return f"  called {visible(name)}" if name != getattr(player, "id", "") else ""

    def _listed(self, state: dict[str, Json]) -> str:
        return ", ".join(f"{visible(key)} = {shown(value)}" for key, value in state.items()) or "nothing"

    def _explain_code(self, asked: str) -> None:
        """Explain an empty room whose name looks like a code: the code may be mistyped."""
        if self.room.name == asked and len(self.room.players) == 1 and room_codes.looks_like_code(asked):
            if room_codes.parse(asked) is None:
                text = f"If {asked} was meant as a room's code, one of its letters is wrong."
            else:
                text = f"No room has the code {asked} here."
            self.lines.event("note", text=f"{text} This is a room of that name.")

    def _tell_events(self) -> None:
        room, lines = self.room, self.lines

        @room.on("offline")
        def offline(why: str) -> None:
            self.offline = True
            lines.event("offline", why=why)

        @room.on("resumed")
        def resumed(missed: int) -> None:
            self.offline = False
            lines.event("resumed", missed=missed)

        @room.on("skipped")
        def skipped(first: int, last: int) -> None:
            lines.event("skipped", first=first, last=last)

        @room.on("lost")
        def lost(why: str) -> None:
            self.offline = False
            lines.event("lost", why=why)

        @room.on("error")
        def refused(error: Refused) -> None:
            told = refusal(error)
            if (
                error.code == "no-command" and repr(typed_line.SAY) in error.message
            ):  # plain words, in a room with rules
                told["message"] = (
                    f"{error.message}, so nobody can talk here. Its own commands begin with /, as /move 5 0"
                )
            lines.event("error", **told)

        @room.on("closed")
        def closed(why: str) -> None:
            lines.event("closed", why=why)
