"""Which addresses other computers can type to reach this one."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Final

from roomcast.discovery import networks

LOOK_EVERY: Final = 2.0  # seconds: a computer changes its network more rarely

# Addresses of documentation networks (RFC 5737, RFC 3849): connecting a UDP socket to one sends nothing, but
# makes the system choose the interface that leads out.
_ELSEWHERE: Final = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def outgoing_addresses(family: socket.AddressFamily = socket.AF_INET) -> list[str]:
    """This computer's address on the network that leads out, or none. It never waits, as looking up a name may."""
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((_ELSEWHERE[family], 9))
            return [probe.getsockname()[0]]
    except OSError:
        return []  # no way out


def own_addresses(family: socket.AddressFamily = socket.AF_INET) -> list[str]:
    """The addresses of this computer on its networks, the likeliest first; none when it is on no network."""
    found = outgoing_addresses(family) + networks.addresses(family)
    return [a for a in dict.fromkeys(found) if not a.startswith(("127.", "::1", "fe80:"))]


def reachable_hosts(host: str) -> list[str]:
    """The hosts to type for a server that listens on `host`: those for other computers first, this one's own last."""
    if host == "::":
        return [*own_addresses(socket.AF_INET6), "::1"]
    if host in ("0.0.0.0", ""):
        return [*own_addresses(), "127.0.0.1"]
    return [host]


def likeliest_host(host: str) -> str:
    """The one host to type on another computer, for a server that listens on `host`; found without waiting."""
    if host == "::":
        return next(iter(own_addresses(socket.AF_INET6)), "::1")
    if host in ("0.0.0.0", ""):
        return next(iter(own_addresses()), "127.0.0.1")
    return host


class LikeliestHost:
    """`likeliest_host`, looked up at most every few seconds: anybody may ask for it, and it takes its time."""

    def __init__(self, host: str, clock: Callable[[], float]) -> None:
        self._host = host
        self._clock = clock
        self._found = ""
        self._until = float("-inf")

    def now(self) -> str:
        if self._clock() >= self._until:
            self._found = likeliest_host(self._host)
            self._until = self._clock() + LOOK_EVERY
        return self._found
