"""What `roomcast serve` prints: the addresses to join at, traces of commands, and the totals at the end."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final

from rich.console import Console
from rich.text import Text

from roomcast import __version__
from roomcast.cli import trace_text
from roomcast.cli.console_writer import ConsoleWriter
from roomcast.cli.join_addresses import join_addresses, table
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.server.directory import Directory
from roomcast.server.server import Server

log: Final = logging.getLogger("roomcast.server")


class ServeOutput:
    """Prints on a console. Whatever becomes of that (`| head`, a full disk), the server goes on."""

    def __init__(self, console: Console) -> None:
        self._writer = ConsoleWriter(console, _failed)

    def banner(self, server: Server, token: str, room: str) -> None:
        """The addresses to join at, with `room` as the example, and the admin token (left out where it is "")."""
        watch = ("Watch a room", f"http://{server.addresses[0]}/watch/{room}")
        learn = ("Learn it", f"http://{server.addresses[0]}/learn/")
        admin = [("Admin token", token)] if token else []
        self._print(
            Text.assemble((f"Roomcast {__version__}", "bold"), " serves rooms. Ctrl-C ends it."),
            Text(),
            *table([*join_addresses(server, room), watch, learn, *admin]),
            Text(),
        )

    def rules(self, server: Server, classes: Mapping[str, type]) -> None:
        """Which rooms have rules, and where their pages are."""
        rooms = []
        for kind, cls in classes.items():
            page = "" if server.kind_pages is None else server.kind_pages.path_of(kind)
            where = f", and the page http://{server.addresses[0]}{page}" if page else ""
            rooms.append(f"{kind} and {kind}-… have the rules of class {cls.__name__}{where}")
        pages = server.kind_pages
        if pages is not None and pages.strays and not pages.names and "index" not in pages.strays:
            what = f"The page {pages.strays[0]}.html is of none of these rooms: call it {next(iter(classes))}.html."
            self._print(*map(Text, rooms), Text(what, "yellow"), Text())
            return
        self._print(*map(Text, rooms), Text())

    def reloaded(self, file: str, told: Mapping[str, str]) -> None:
        """The rules are new: in which open rooms, and in which not. `told`: by room, why not; "": it has them."""
        changed = [room for room, why in told.items() if not why]
        rooms = f", also in {_count(len(changed), 'open room')}" if changed else ""
        lines = [Text(f"{file} has changed: its rules are in force{rooms}.", "green")]
        lines += [Text(f"The room {room} keeps its rules: {why}.", "yellow") for room, why in told.items() if why]
        self._print(*lines)

    def not_reloaded(self, why: str) -> None:
        """What was changed cannot be loaded."""
        self._print(Text(f"{why}. The rules of before stay in force.", "bold red"))

    def bad_network(self, server: Server) -> None:
        """That this server is slow on purpose: whoever plays may look for the reason elsewhere."""
        self._print(Text(f"A bad network, on purpose: {server.network}.", "bold yellow"), Text())

    def legend(self) -> None:
        """What the six steps mean, before the first command arrives."""
        self._print(Text(f"Each command's path follows, in six steps. {trace_text.LEGEND}", "dim"), Text())

    def trace(self, trace: CommandTrace) -> None:
        """One command's six steps."""
        self._writer.print(
            lambda: [
                trace_text.heading(trace),
                *(Text.assemble("  ", line) for line in trace_text.lines(trace)),
                Text(),
            ]
        )

    def draining(self, directory: Directory) -> None:
        """Why the server has not ended yet."""
        count = len(directory.peers)
        readers = "a connection that still reads" if count == 1 else f"{count} connections that still read"
        most = f"{directory.limits.drain:g} seconds (--drain)"
        self._print(Text(f"Waiting for {readers} what was said, up to {most}. Ctrl-C ends it now."))

    def closing(self, directory: Directory) -> None:
        """The totals, at the end."""
        came, went = directory.commands, copies(directory)
        self._print(Text(f"Ended: {_count(came, 'command')} came in, {_count(went, 'copy', 'copies')} went out."))

    def close(self) -> None:
        """Wait a moment for what is still to be printed."""
        self._writer.close()

    def _print(self, *lines: Text) -> None:
        self._writer.print(lambda: lines)


def _failed(error: Exception) -> None:
    log.warning("the server goes on, but what it prints is lost: %s", error, exc_info=error)


def _count(number: int, one: str, several: str = "") -> str:
    """So many of them: `1 copy`, `2,000 copies`."""
    return f"{number:,} {one if number == 1 else several or f'{one}s'}"


def copies(directory: Directory) -> int:
    """Copies of entries that the server has written to its connections so far, in all rooms."""
    return directory.copies + sum(room.feed.copies for room in list(directory.rooms.values()))
