"""What `roomcast serve` prints: the addresses to join at, traces of commands, and the totals at the end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from roomcast import __version__
from roomcast.cli import trace_text
from roomcast.cli.join_addresses import join_addresses, table
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.server.directory import Directory
from roomcast.server.server import Server

_ROOM = "dots"  # the room of the banner's example


class ServeOutput:
    """Writes lines to a console. When its reader has closed the pipe (`| head`), calls `ended`, once."""

    def __init__(self, console: Console, ended: Callable[[], None]) -> None:
        self._console = console
        self._ended = ended
        self._open = True

    def banner(self, server: Server, token: str) -> None:
        """The addresses to join at, and the admin token (left out where it is "")."""
        watch = ("Watch a room", f"http://{server.addresses[0]}/watch/{_ROOM}")
        admin = [("Admin token", token)] if token else []
        self._print(
            Text.assemble((f"Roomcast {__version__}", "bold"), " serves rooms. Ctrl-C ends it."),
            Text(),
            *table([*join_addresses(server, _ROOM), watch, *admin]),
            Text(),
        )

    def legend(self) -> None:
        """What the six steps mean, before the first command arrives."""
        self._print(Text(f"Each command's path follows, in six steps. {trace_text.LEGEND}", "dim"), Text())

    def trace(self, trace: CommandTrace) -> None:
        """One command's six steps."""
        self._print(trace_text.heading(trace), *(Text.assemble("  ", line) for line in trace_text.lines(trace)), Text())

    def draining(self, directory: Directory) -> None:
        """Why the server has not ended yet."""
        count = len(directory.peers)
        readers = "a connection that still reads" if count == 1 else f"{count} connections that still read"
        most = f"{directory.limits.drain:g} seconds (--drain)"
        self._print(Text(f"Waiting for {readers} what was said, up to {most}. Ctrl-C ends it now."))

    def closing(self, directory: Directory) -> None:
        """The totals, at the end."""
        self._print(Text(f"Ended: {directory.commands:,} commands came in, {copies(directory):,} copies went out."))

    def _print(self, *lines: Text) -> None:
        if not self._open:
            return
        try:
            for line in lines:
                self._console.print(line, soft_wrap=True)  # the terminal wraps long lines; we cut none
            self._console.file.flush()
        except OSError:
            self._open = False
            # Python flushes stdout once more at exit, which would fail: send that to the null device.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._ended()


def copies(directory: Directory) -> int:
    """Copies of entries that the server has written to its connections so far, in all rooms."""
    return directory.copies + sum(room.feed.copies for room in list(directory.rooms.values()))
