"""What we ask of the system's TCP."""

from __future__ import annotations

import socket
from typing import Final

# Bytes that the system may take and not send yet. It would take megabytes for one who does not read, where nobody can
# see them: a ping would wait behind, and reading at 1 KB a second would look like silence. What it does not take waits
# with us (`Limits.unread` counts it), and becomes less whenever the peer reads.
NOT_SENT: Final = 16 * 1024
_PROBE_AFTER: Final = 10  # seconds of silence, then the system asks whether the other end is there
_PROBES: Final = 3


def leave_waiting_to_us(connection: socket.socket) -> None:
    """Let the system take little more than it can send; what waits, waits with us."""
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):  # Linux and macOS
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, NOT_SENT)


def watch_over(connection: socket.socket) -> None:
    """Let the system notice when the other end has vanished, and send small writes at once."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", _PROBE_AFTER), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", _PROBES)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
