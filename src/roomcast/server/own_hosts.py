"""Which hosts are this server's own, as a request names them.

A page of another site may have its name point at this computer (DNS rebinding), and its requests would then look like
those of a page of ours, but for the host that they name. Whoever owns a name can do that. Nobody owns an IP address, or
the names that public DNS does not have.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from typing import Final

from roomcast.errors import CannotServe
from roomcast.transports.request_head import is_host

# Ends of names that exist on local networks only (RFC 6762, RFC 8375, and what ICANN never delegates).
_LOCAL: Final = ("local", "lan", "home", "home.arpa", "internal")


class OwnHosts:
    """The hosts of one server. `allowed`: what `--allow-host` says: names, `*.NAME`, or `*` for any.

    `names` are more names of this computer, `machine` finds its host name. Raises `CannotServe`.
    """

    def __init__(
        self, allowed: Iterable[str] = (), names: Iterable[str] = (), machine: Callable[[], str] = socket.gethostname
    ) -> None:
        checked = [_checked(one) for one in allowed]
        self._any = "*" in checked
        self._names = {one for one in (*checked, *map(_name, names)) if not one.startswith("*")}
        self._ends = tuple(one.removeprefix("*") for one in checked if one.startswith("*."))
        self._machine = machine

    def add(self, name: str) -> None:
        """One more name of this computer."""
        self._names.add(_name(name))

    def include(self, host: str) -> bool:
        """Whether a host, with or without a port, is one of them.

        >>> hosts = OwnHosts(["play.example.org", "*.example.net"], machine=lambda: "class-pc.example.edu")
        >>> [hosts.include(one) for one in ("192.168.1.20:8112", "[fd00::1]:8112", "localhost", "class-pc.local:8112")]
        [True, True, True, True]
        >>> [hosts.include(one) for one in ("Play.Example.org.", "a.example.net:80", "class-pc.example.edu")]
        [True, True, True]
        >>> [hosts.include(one) for one in ("example.org", "example.net", "class-pc.evil.org", "2130706433", "")]
        [False, False, False, False, False]
        """
        if self._any:
            return True
        if not is_host(host):
            return False
        name = _name(host)
        return (
            is_address(name)
            or name in self._names
            or name == "localhost"
            or name.endswith((".localhost", *self._ends))
            or name in self._of_this_computer()
        )

    def _of_this_computer(self) -> set[str]:
        whole = _name(self._machine())
        first = whole.partition(".")[0]
        return {whole, first, *(f"{first}.{end}" for end in _LOCAL)} if first else set()


def is_address(host: str) -> bool:
    """Whether it is an IP address in its usual form, which everybody reads in the same way."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _name(host: str) -> str:
    """Without port, brackets, and the dot at the end of a full name; in small letters."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return (host if host.count(":") > 1 else host.partition(":")[0]).lower().removesuffix(".")


def _checked(pattern: str) -> str:
    name = pattern.strip().lower()
    if name == "*":
        return name
    plain = name.removeprefix("*.")
    if not is_host(plain) or ":" in plain or "*" in plain or not plain.strip("."):
        raise CannotServe(
            f"--allow-host: {pattern!r} is no name: give one such as play.example.org or *.example.org, "
            "without https:// and without a port",
            topic="serve-options",
        )
    return name.removesuffix(".")
