"""A simulated friend on a plain socket: it speaks the starter protocol to a learner's server, one line at a time."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import Final

_NO_GOODBYE: Final = struct.pack("ii", 1, 0)  # SO_LINGER: close() resets the connection

_TAKES_WITHIN: Final = 3.0  # seconds in which a server must take what a friend sends
_LITTLE: Final = 4096  # bytes of a receive buffer


class PlainFriend:
    """Connected from the start. Reads only when it is asked to hear something."""

    def __init__(self, name: str, connection: socket.socket) -> None:
        self.name = name  # what the check calls it
        self.id = "?"  # what the server calls it, once it has said so
        self._socket = connection
        # Otherwise the system may join what is sent in pieces on purpose.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(_TAKES_WITHIN)
        self._part = b""
        self.heard: list[str] = []  # all whole lines so far, without their ends
        self.ended = False  # the server has closed the connection

    def say(self, line: str) -> None:
        self.send(f"{line}\n".encode())

    def send(self, piece: bytes) -> bool:
        """Whether the system has taken it; where it has not, whoever waits for what comes of it will see that."""
        try:
            self._socket.sendall(piece)
        except OSError:
            return False
        return True

    def listen(self) -> list[str]:
        """Take in what has arrived, without waiting; all lines so far."""
        self._socket.setblocking(False)
        try:
            while piece := self._socket.recv(65536):
                *lines, self._part = (self._part + piece).split(b"\n")
                self.heard += [line.decode("utf-8", errors="replace") for line in lines]
            self.ended = True
        except BlockingIOError:
            pass
        except OSError:
            self.ended = True
        finally:
            with contextlib.suppress(OSError):
                self._socket.settimeout(_TAKES_WITHIN)
        return self.heard

    @property
    def unfinished(self) -> str:
        """What has come since the last line's end."""
        return self._part.decode("utf-8", errors="replace")

    def vanish(self) -> None:
        """Go as a killed program goes, without a goodbye."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
        self.close()

    def close(self) -> None:
        self._socket.close()


def friend_at(name: str, port: int, *, reads_little: bool = False) -> PlainFriend | None:
    """A friend who has connected to that port of this computer; None where nobody listens there.

    `reads_little`: its system takes in next to nothing for it before it reads.
    """
    for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        connection = socket.socket(family, socket.SOCK_STREAM)
        if reads_little:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _LITTLE)
        connection.settimeout(2)
        try:
            connection.connect((host, port))
        except OSError:
            connection.close()
        else:
            return PlainFriend(name, connection)
    return None


def listens(port: int) -> bool:
    """Whether somebody accepts connections on that port of this computer."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
