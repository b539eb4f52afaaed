"""How others reach a server: from where, and what to type there."""

from __future__ import annotations

from rich.text import Text

from roomcast.discovery.service import PORT
from roomcast.server.addresses import reachable_hosts
from roomcast.server.server import Server


def join_addresses(server: Server, room: str) -> list[tuple[str, str]]:
    """Pairs of where somebody is, and what to type there to join `room`. Those on other computers come first."""
    hosts = reachable_hosts(server.host)
    outside = [host for host in hosts if not _is_loopback(host)]
    pairs = [("On another computer", join_call(address, room)) for address in server.addresses[: len(outside)]]
    if server.announcement is not None:
        pairs.append(("On this network", f'roomcast.join("{room}")'))
    if len(outside) < len(hosts):
        usual = server.port == PORT and hosts[-1] == "127.0.0.1"  # then a room's name alone will do
        here = f'roomcast.join("{room}")' if usual else join_call(server.addresses[-1], room)
        pairs.append(("On this computer", here))
    if server.starter_port is not None:
        dialect = f"; dialect: {server.starter_dialect}" if server.starter_dialect else ""
        where = f"{hosts[0]}, port {server.starter_port}"
        pairs.append((f"Starter clients ({server.starter_room}{dialect})", where))
    pairs.append(("In a browser", f"http://{server.addresses[0]}/"))
    pairs.append((f"Room code ({room})", server.directory.code(room)))
    return pairs


def join_call(address: str, room: str) -> str:
    """The call that joins in Python."""
    return f'roomcast.join("{address}/{room}")'


def table(pairs: list[tuple[str, str]]) -> list[Text]:
    """The pairs as lines in two columns."""
    wide = max(len(where) for where, _ in pairs)
    return [Text.assemble(f"  {where:<{wide}}  ", (what, "bold cyan")) for where, what in pairs]


def _is_loopback(host: str) -> bool:
    """Whether only programs on this computer can use that address."""
    return host.startswith("127.") or host in ("::1", "localhost")
