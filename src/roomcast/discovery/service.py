"""What is the same for all servers: the port, the mDNS service type, how computers and addresses are written.

And the environment variables that turn discovery off.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

PORT: Final = 8112  # TCP: where servers listen and clients look, unless they are told otherwise
TYPE: Final = "_roomcast._tcp.local."
NO_ANNOUNCE: Final = "ROOMCAST_NO_ANNOUNCE"  # environment variable: do not announce servers
NO_DISCOVERY: Final = "ROOMCAST_NO_DISCOVERY"  # environment variable: do not look for servers
_MAX_NAME: Final = 40  # characters of the computer's name: labels have at most 63 bytes, and a number may be added


def may_announce() -> bool:
    return not _is_set(NO_ANNOUNCE)


def may_browse() -> bool:
    return not _is_set(NO_DISCOVERY)


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "false", "no")


def machine() -> str:
    """This computer's host name, without its domain and unusual characters."""
    name = socket.gethostname().partition(".")[0]
    plain = "".join(one if one.isalnum() or one in "-_ " else "-" for one in name)[:_MAX_NAME].strip("-_ ")
    return plain or "roomcast"


def announced_host(port: int) -> str:
    """The host name under which a server on that port is announced, a name of our own.

    The system may announce the computer's already, with other addresses.
    """
    return f"{machine().replace(' ', '-')}-roomcast-{port}.local"


def host_and_port(host: str, port: int) -> str:
    """`host:port` as one writes it: an IPv6 address stands in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def why_no_multicast(error: Exception) -> str:
    """Why mDNS does not work, as the end of a sentence."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return "port 5353 (mDNS) is taken by a program that does not share it"
    if number in (errno.EACCES, errno.EPERM):
        return "the system does not permit it (mDNS, UDP port 5353)"
    if number in (errno.ENODEV, errno.ENETUNREACH, errno.EADDRNOTAVAIL):
        return "no network here takes multicast"
    return f"mDNS does not work here ({str(error) or type(error).__name__})"
