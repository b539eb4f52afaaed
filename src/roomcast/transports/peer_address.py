"""The IP address of the other end of a connection, as text: each address in one form only, for they are counted."""

from __future__ import annotations

import asyncio
import ipaddress

UNKNOWN = "?"


def peer_address(transport: asyncio.BaseTransport) -> str:
    """The address of the other end; `UNKNOWN` where it has gone already."""
    address = transport.get_extra_info("peername")
    return plain(str(address[0])) if address else UNKNOWN


def plain(address: str) -> str:
    """The address without an interface, and an IPv4 address as one where it came as IPv6; other text as it is.

    >>> plain("::ffff:10.0.0.7"), plain("fe80::1%eth0"), plain("FD00:0::1"), plain("?")
    ('10.0.0.7', 'fe80::1', 'fd00::1', '?')
    """
    if ":" not in address:
        return address
    try:
        found = ipaddress.IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found if found.ipv4_mapped is None else found.ipv4_mapped)
