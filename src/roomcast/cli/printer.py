"""What `roomcast serve` prints: addresses for others to type, each command's way, a last line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from roomcast import __version__
from roomcast.cli import steps
from roomcast.core.hub import Hub
from roomcast.core.steps import Way
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
        self._print(Text(f"Each command's way follows, in six steps. {steps.LEGEND}", "dim"), Text())

    def way(self, way: Way) -> None:
        """One command's six steps."""
        self._print(steps.heading(way), *(Text.assemble("  ", line) for line in steps.lines(way)), Text())

    def draining(self, hub: Hub) -> None:
        """Why it has not ended yet."""
        count = len(hub.peers)
        readers = "a connection that still reads" if count == 1 else f"{count} connections that still read"
        most = f"{hub.limits.drain:g} seconds (--drain)"
        self._print(Text(f"Waiting for {readers} what was said, up to {most}. Ctrl-C ends it now."))

    def closing(self, hub: Hub) -> None:
        """What there was, at the end."""
        self._print(Text(f"Ended: {hub.commands:,} commands came in, {copies(hub):,} copies went out."))

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
    ways = [("On another computer", join_call(address, room)) for address in server.addresses[: len(outside)]]
    if server.announcement is not None:
        ways.append(("On this network", f'roomcast.join("{room}")'))
    if len(outside) < len(hosts):
        usual = server.port == PORT and hosts[-1] == "127.0.0.1"  # then a room's name alone will do
        here = f'roomcast.join("{room}")' if usual else join_call(server.addresses[-1], room)
        ways.append(("On this computer", here))
    if server.starter_port is not None:
        ways.append((f"Starter clients ({server.starter_room})", f"{hosts[0]}, port {server.starter_port}"))
    ways.append(("In a browser", f"http://{server.addresses[0]}/"))
    ways.append((f"Room code ({room})", server.hub.code(room)))
    return ways


def table(ways: list[tuple[str, str]]) -> list[Text]:
    """Those ways as lines, what to type below each other."""
    wide = max(len(where) for where, _ in ways)
    return [Text.assemble(f"  {where:<{wide}}  ", (what, "bold cyan")) for where, what in ways]


def _is_here(host: str) -> bool:
    """Whether only programs on this computer can use that address."""
    return host.startswith("127.") or host in ("::1", "localhost")


def join_call(address: str, room: str) -> str:
    """What to type in Python."""
    return f'roomcast.join("{address}/{room}")'


def copies(hub: Hub) -> int:
    """How many copies of entries the server has written to its connections, in all rooms so far."""
    return hub.copies + sum(room.feed.copies for room in list(hub.rooms.values()))
