"""`roomcast rooms`: the servers on this network, and who is in their rooms."""

from __future__ import annotations

import json
from typing import Final
from urllib.parse import urlsplit

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from roomcast.cli.colours import colour_of
from roomcast.cli.options import SETTINGS, colour_option
from roomcast.cli.trace_text import visible
from roomcast.client.finder import HERE
from roomcast.client.where import SERVER, names_no_server, parse_where
from roomcast.discovery import networks, servers
from roomcast.discovery.browse import BROWSE_FOR, CannotBrowse
from roomcast.discovery.servers import FoundServer, OpenRoom
from roomcast.discovery.service import NO_DISCOVERY, PORT, may_browse

_PEOPLE: Final = 8  # names shown of one room


@click.command(context_settings=SETTINGS)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=BROWSE_FOR,
    metavar="N",
    help=f"Wait this many seconds for answers. Default: {BROWSE_FOR:g}.",
)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array of servers, for programs.")
@colour_option
def rooms(seconds: float, as_json: bool, console: Console) -> int:
    """List the servers on this network, their rooms, and who is there.

    Servers are found by mDNS, as printers are; one on this computer is always asked. The exit code is 1 where there is
    none.

    \b
      roomcast rooms
      roomcast join dots                      into the room dots, wherever it is
      roomcast join 192.168.1.20:8112/dots    … on that server
    """
    found, trouble = nearby(seconds)
    if as_json:
        click.echo(json.dumps([_as_json(server) for server in found], ensure_ascii=False, indent=2))
    elif found:
        console.print(_table(found))
        for line in _hints(found):
            console.print(line, soft_wrap=True)
    else:
        for line in _none(trouble):
            console.print(line, soft_wrap=True)
    return 0 if found else 1


def nearby(seconds: float) -> tuple[list[FoundServer], str]:
    """The servers on this network and on this computer; and why the network cannot be searched, or ""."""
    trouble = ""
    found: list[FoundServer] = []
    if not may_browse():
        trouble = f"{NO_DISCOVERY} is set"
    else:
        try:
            found = servers.nearby(seconds, settle=seconds)
        except CannotBrowse as error:
            trouble = error.message
    here = _answering("this computer", HERE, PORT)
    if here is not None and not any(one.port == PORT and one.host in networks.addresses() for one in found):
        found.insert(0, here)
    named = _named_in_environment()
    if named is not None and all((one.host, one.port) != (named.host, named.port) for one in found):
        found.insert(0, named)
    return found, trouble


def _named_in_environment() -> FoundServer | None:
    if names_no_server("any"):
        return None
    parts = urlsplit(parse_where("any").url)
    if parts.scheme != "ws" or parts.hostname is None:
        return None  # behind TLS: its own front page lists the rooms
    return _answering(SERVER, parts.hostname, parts.port or 80)


def _answering(name: str, host: str, port: int) -> FoundServer | None:
    try:
        return FoundServer(name, host, port, "", servers.rooms(host, port))
    except OSError:
        return None


def _table(found: list[FoundServer]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("Server", overflow="fold")
    table.add_column("Address", overflow="fold", style="cyan")
    table.add_column("Room", overflow="fold", style="bold")
    table.add_column("Code")
    table.add_column("Players", overflow="fold")
    for server in found:
        name, address = visible(server.name), server.address
        if server.rooms is None:
            table.add_row(name, address, Text("does not answer", "not bold yellow"), "", "")
        elif not server.rooms:
            table.add_row(name, address, Text("no room is open", "not bold dim"), "", "")
        for room in server.rooms or ():
            table.add_row(name, address, visible(room.name), visible(room.code), _people(room))
            name = address = ""
    return table


def _people(room: OpenRoom) -> Text:
    called = zip(room.called(), room.players, strict=True)
    names = [Text(visible(name), colour_of(one.id or name) if one.here else "dim") for name, one in called][:_PEOPLE]
    if len(room.players) > _PEOPLE:
        names.append(Text(f"{len(room.players) - _PEOPLE} more", "dim"))
    return Text.assemble(f"{len(room.players)}: ", Text(", ").join(names))


def _hints(found: list[FoundServer]) -> list[Text]:
    lines = []
    first = next((server for server in found if server.rooms), None)
    if first is not None and first.rooms:
        example = first.rooms[0]
        said = visible(example.code or example.name)
        lines.append(Text.assemble("To go there:  ", (f"roomcast join {said}", "cyan")))
    lines.extend(
        Text(
            f"{visible(server.name)} announces itself, but this computer cannot connect to it: a firewall there, or a "
            "Wi-Fi that keeps computers apart. 'roomcast doctor' on that computer says more.",
            "yellow",
        )
        for server in found
        if server.rooms is None
    )
    return lines


def _none(trouble: str) -> list[Text]:
    looked = (
        f"This computer cannot look on the network: {trouble}." if trouble else "No server was found on this network."
    )
    return [
        Text(looked, "bold"),
        Text.assemble("  Is one running? Start it with             ", ("roomcast serve", "cyan")),
        Text.assemble(
            "  One runs, and shows its address? Type it  ", (f"roomcast join 192.168.1.20:{PORT}/dots", "cyan")
        ),
        Text.assemble("  Why is it not found?                      ", ("roomcast doctor", "cyan"), ", there and here"),
    ]


def _as_json(server: FoundServer) -> dict[str, object]:
    rooms = None
    if server.rooms is not None:
        rooms = [
            {
                "name": room.name,
                "code": room.code,
                "players": [{"id": one.id, "name": one.name, "here": one.here} for one in room.players],
            }
            for room in server.rooms
        ]
    return {"server": server.name, "address": server.address, "version": server.version, "rooms": rooms}
