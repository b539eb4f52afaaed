"""What `roomcast serve` prints: addresses for others to type, each command's way, a last line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from roomcast import __version__
from roomcast.cli import trace_text
from roomcast.core.room.command_trace import CommandTrace
from roomcast.core.server.directory import Directory
from roomcast.server.addresses import reachable
from roomcast.server.server import PORT, Server

_ROOM = "dots"  # the room of the banner's example


class Printer:
    """Writes lines to a console. When nobody reads them any more (`| head`), it calls `ended`, once."""

    def __init__(self, console: Console, ended: Callable[[], None]) -> None:
        self._console = console
        self._ended = ended
        self._open = True

    def banner(self, server: Server, token: str) -> None:
        """Who can join, and by which address; and the token, "" where it is known already."""
        watch = ("Watch a room", f"http://{server.addresses[0]}/watch/{_ROOM}")
        admin = [("Admin token", token)] if token else []
        self._print(
            Text.assemble((f"Roomcast {__version__}", "bold"), " serves rooms. Ctrl-C ends it."),
            Text(),
            *table([*ways_in(server, _ROOM), watch, *admin]),
            Text(),
        )

    def legend(self) -> None:
        """What the six steps are, before the first command comes."""
        self._print(Text(f"Each command's way follows, in six steps. {trace_text.LEGEND}", "dim"), Text())

    def trace(self, trace: CommandTrace) -> None:
        """One command's six steps."""
        self._print(trace_text.heading(trace), *(Text.assemble("  ", line) for line in trace_text.lines(trace)), Text())

    def draining(self, directory: Directory) -> None:
        """Why it has not ended yet."""
        count = len(directory.peers)
        readers = "a connection that still reads" if count == 1 else f"{count} connections that still read"
        most = f"{directory.limits.drain:g} seconds (--drain)"
        self._print(Text(f"Waiting for {readers} what was said, up to {most}. Ctrl-C ends it now."))

    def closing(self, directory: Directory) -> None:
        """What there was, at the end."""
        self._print(Text(f"Ended: {directory.commands:,} commands came in, {copies(directory):,} copies went out."))

    def _print(self, *lines: Text) -> None:
        if not self._open:
            return
        try:
            for line in lines:
                self._console.print(line, soft_wrap=True)  # a long line is the terminal's to wrap, not ours to cut
            self._console.file.flush()
        except OSError:
            self._open = False
            # Python flushes stdout once more at its end, and would complain: let that go nowhere.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            self._ended()


def ways_in(server: Server, room: str) -> list[tuple[str, str]]:
    """How to reach this server: from where, and what to type there. Those for other computers come first."""
    hosts = reachable(server.host)
    outside = [host for host in hosts if not _is_here(host)]
    traces = [("On another computer", join_call(address, room)) for address in server.addresses[: len(outside)]]
    if server.announcement is not None:
        traces.append(("On this network", f'roomcast.join("{room}")'))
    if len(outside) < len(hosts):
        usual = server.port == PORT and hosts[-1] == "127.0.0.1"  # then a room's name alone will do
        here = f'roomcast.join("{room}")' if usual else join_call(server.addresses[-1], room)
        traces.append(("On this computer", here))
    if server.starter_port is not None:
        traces.append((f"Starter clients ({server.starter_room})", f"{hosts[0]}, port {server.starter_port}"))
    traces.append(("In a browser", f"http://{server.addresses[0]}/"))
    traces.append((f"Room code ({room})", server.directory.code(room)))
    return traces


def table(traces: list[tuple[str, str]]) -> list[Text]:
    """Those ways as lines, what to type below each other."""
    wide = max(len(where) for where, _ in traces)
    return [Text.assemble(f"  {where:<{wide}}  ", (what, "bold cyan")) for where, what in traces]


def _is_here(host: str) -> bool:
    """Whether only programs on this computer can use that address."""
    return host.startswith("127.") or host in ("::1", "localhost")


def join_call(address: str, room: str) -> str:
    """What to type in Python."""
    return f'roomcast.join("{address}/{room}")'


def copies(directory: Directory) -> int:
    """How many copies of entries the server has written to its connections, in all rooms so far."""
    return directory.copies + sum(room.feed.copies for room in list(directory.rooms.values()))
