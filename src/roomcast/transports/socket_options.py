"""TCP options of the server's sockets."""

from __future__ import annotations

import socket
from typing import Final

# `TCP_NOTSENT_LOWAT` caps unsent kernel data at 16 KiB. Without it, the kernel buffers megabytes for a peer that does
# not read, where `Limits.unread` does not count them: a ping would wait behind them, and a peer that reads 1 KB a
# second would look silent. What the kernel does not take waits in this process, and shrinks whenever the peer reads.
UNSENT_IN_KERNEL: Final = 16 * 1024  # bytes

# Keepalive probes find peers that have vanished without a word, where the protocol itself has no pings.
PROBE_AFTER: Final = 10  # seconds of silence before the first probe
PROBE_EVERY: Final = 5  # seconds
PROBES: Final = 3  # unanswered ones, then the connection is reset


def cap_unsent_data(connection: socket.socket) -> None:
    """Limit the unsent data in the kernel to `UNSENT_IN_KERNEL`, where the system can (Linux, macOS)."""
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_IN_KERNEL)


def send_at_once(connection: socket.socket) -> None:
    """Disable Nagle's algorithm: small writes do not wait for the acknowledgement of the one before."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def probe_silent_peers(connection: socket.socket) -> None:
    """Enable keepalive; the intervals are set where the system lets us."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", PROBE_AFTER), ("TCP_KEEPINTVL", PROBE_EVERY), ("TCP_KEEPCNT", PROBES)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
