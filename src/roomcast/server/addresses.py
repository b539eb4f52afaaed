"""Which addresses other computers can type to reach this one."""

from __future__ import annotations

import socket
from typing import Final

# An address of a documentation network (RFC 5737): connecting a UDP socket to it sends nothing, but
# makes the system choose the interface that leads out.
_ELSEWHERE: Final = ("192.0.2.1", 9)


def own_addresses() -> list[str]:
    """The IPv4 addresses of this computer on its networks, the likeliest first; none when it is on no network."""
    found: list[str] = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(_ELSEWHERE)
            found.append(probe.getsockname()[0])
        except OSError:
            pass  # no way out: perhaps the name below helps
    try:
        for *_, where in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET):
            found.append(str(where[0]))
    except OSError:
        pass  # the computer does not know its own name: nothing to add
    return [a for a in dict.fromkeys(found) if not a.startswith("127.")]


def reachable(host: str) -> list[str]:
    """The hosts to type for a server that listens on `host`, those for other computers first."""
    if host in ("0.0.0.0", "::", ""):
        return [*own_addresses(), "127.0.0.1"]
    return [host]


def joined(host: str, port: int) -> str:
    """`host:port` as one writes it: an IPv6 address stands in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
