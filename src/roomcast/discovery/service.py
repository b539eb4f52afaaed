"""What servers are called on the network, and whether this program may speak and listen there."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

TYPE: Final = "_roomcast._tcp.local."
NO_ANNOUNCE: Final = "ROOMCAST_NO_ANNOUNCE"  # environment: servers do not say that they are here
NO_DISCOVERY: Final = "ROOMCAST_NO_DISCOVERY"  # environment: nobody looks for servers
_LONGEST: Final = 40  # characters of a machine's name; the standard allows 63 bytes, and a number may be added


def may_announce() -> bool:
    return not _is_set(NO_ANNOUNCE)


def may_look() -> bool:
    return not _is_set(NO_DISCOVERY)


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "false", "no")


def machine() -> str:
    """This computer's name, as others know it."""
    name = socket.gethostname().partition(".")[0]
    plain = "".join(one if one.isalnum() or one in "-_ " else "-" for one in name)[:_LONGEST].strip("-_ ")
    return plain or "roomcast"


def why_no_multicast(error: Exception) -> str:
    """Why one can neither announce nor look, as the end of a sentence."""
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.EADDRINUSE:
        return "port 5353 (mDNS) is taken by a program that does not share it"
    if number in (errno.EACCES, errno.EPERM):
        return "the system does not permit it (mDNS, UDP port 5353)"
    if number in (errno.ENODEV, errno.ENETUNREACH, errno.EADDRNOTAVAIL):
        return "no network here takes multicast"
    return f"mDNS does not work here ({str(error) or type(error).__name__})"
