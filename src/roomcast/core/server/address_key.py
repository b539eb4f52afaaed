"""What counts as one address: an IPv4 address, or the /64 network of an IPv6 address.

Whoever has IPv6 has at least a /64 network, and may change the lower half of its addresses as it likes (RFC 6177,
RFC 8981); all of it is one household, school or server.
"""

from __future__ import annotations

import ipaddress


def address_key(address: str) -> str:
    """The key under which everything from an IP address is counted.

    >>> address_key("192.0.2.7"), address_key("::ffff:192.0.2.7"), address_key("fe80::1%eth0")
    ('192.0.2.7', '192.0.2.7', 'fe80::/64')
    >>> address_key("2001:db8:0:1:aaaa::1") == address_key("2001:db8:0:1:bbbb::2") == "2001:db8:0:1::/64"
    True

    What is no IP address is its own key.
    """
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address.partition("%")[0].strip("[]"))
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    network = int(parsed) >> 64 << 64
    return f"{ipaddress.IPv6Address(network)}/64"
