"""A player who speaks the starter protocol over a plain socket, one line at a time."""

import socket
import struct
from typing import Self


class PlainPlayer:
    """Connected from the start, closed at the end of its `with` block."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        # Otherwise the system may join what a test sends in pieces on purpose.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._lines = self._socket.makefile("r", encoding="utf-8", newline="\n")
        self.id = ""

    def hear(self) -> str:
        """Wait for the next line; without its end, but with every blank."""
        line = self._lines.readline()
        assert line.endswith("\n"), f"the connection was closed after {line!r}"
        return line[:-1]

    def meet(self) -> list[str]:
        """Hear all up to one's own ID, and return those who were there before."""
        others = []
        while (words := self.hear().split())[0] != "myIDis":
            assert words[0] == "newPlayer"
            others.append(words[1])
        self.id = words[1]
        return others

    def say(self, line: str) -> None:
        self.send((line + "\n").encode())

    def send(self, piece: bytes) -> None:
        self._socket.sendall(piece)

    def vanish(self) -> None:
        """Go as a killed program goes: the system resets the connection, without a goodbye."""
        no_goodbye = struct.pack("ii", 1, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_goodbye)
        self.close()

    def close(self) -> None:
        self._lines.close()
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
