"""WebSocket frames by hand, on a socket bound to an address: what no client library would send."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any, Final

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 0x1, 0x2, 0x0, 0x8, 0x9, 0xA  # opcodes: RFC 6455, section 5.2
_NO_MASK: Final = b"\0\0\0\0"  # a mask, as clients must have one, that changes nothing
CONNECT_WITHIN: Final = 10.0  # seconds
LEAVE: Final = b"\x03\xe8"  # close code 1000


def frame(payload: bytes, opcode: int = TEXT, *, last: bool = True) -> bytes:
    """One frame of a client (RFC 6455, section 5.2)."""
    size = len(payload)
    if size < 126:
        length = bytes((0x80 | size,))
    elif size < 65536:
        length = b"\xfe" + size.to_bytes(2)
    else:
        length = b"\xff" + size.to_bytes(8)
    return bytes(((0x80 if last else 0) | opcode,)) + length + _NO_MASK + payload


def handshake(port: int) -> bytes:
    return (
        f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Protocol: roomcast.1\r\n\r\n"
    ).encode()


class RawWebSocket:
    """One connection. `port` of the server, `source`: the address that it comes from."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.n = 0

    @classmethod
    async def open(cls, port: int, source: str) -> RawWebSocket:
        """Connect, and finish the handshake. Raises OSError, also where the server refuses."""
        async with asyncio.timeout(CONNECT_WITHIN):
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0), limit=2**22)
            # What is sent waits here, and is counted, and not in megabytes of the kernel.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 1024)
            one = cls(reader, writer)
            try:
                writer.write(handshake(port))
                head = await reader.readuntil(b"\r\n\r\n")
            except BaseException as error:
                one.cut()
                if isinstance(error, asyncio.IncompleteReadError):
                    raise ConnectionError("the server has ended the handshake") from None
                raise
            if b" 101 " not in head:
                one.cut()
                raise ConnectionError(head.partition(b"\r\n")[0].decode())
            return one

    @classmethod
    async def join(cls, port: int, source: str, room: str, name: str, **more: Any) -> RawWebSocket:
        """Connect, say hello, and read up to the welcome. `more`: fields of the hello. Raises OSError."""
        one = await cls.open(port, source)
        one.say(t="hello", room=room, name=name, **more)
        async with asyncio.timeout(CONNECT_WITHIN):
            while True:
                for line in (await one.receive()).split(b"\n"):
                    if line.startswith(b'{"t":"welcome"'):
                        return one
                    if line.startswith((b'{"t":"bye"', b'{"t":"error"')):
                        one.cut()
                        raise ConnectionError(line.decode())

    def say(self, **message: Any) -> None:
        self.writer.write(frame(json.dumps(message, separators=(",", ":")).encode()))

    def do(self, arguments: str = "[1,2]", more: str = "") -> None:
        """Send the next command."""
        self.n += 1
        self.writer.write(frame(b'{"t":"do","n":%d,"c":"move","a":%b%b}' % (self.n, arguments.encode(), more.encode())))

    def set(self, patch: str, of: str = "room") -> None:
        self.n += 1
        self.writer.write(frame(b'{"t":"set","n":%d,"of":"%b","p":%b}' % (self.n, of.encode(), patch.encode())))

    async def receive(self) -> bytes:
        """The payload of the next text frame; answers pings. Raises ConnectionError at the end."""
        try:
            while True:
                first, size = await self.reader.readexactly(2)
                if size == 126:
                    size = int.from_bytes(await self.reader.readexactly(2))
                elif size == 127:
                    size = int.from_bytes(await self.reader.readexactly(8))
                payload = await self.reader.readexactly(size)
                opcode = first & 0xF
                if opcode == TEXT:
                    return payload
                if opcode == PING:
                    self.writer.write(frame(payload, PONG))
                elif opcode == CLOSE:
                    raise ConnectionError("the server has closed the connection")
        except asyncio.IncompleteReadError:
            raise ConnectionError("the server has ended the connection") from None

    async def discard(self) -> None:
        """Read whatever comes, and forget it, until the end."""
        while await self.reader.read(2**20):
            pass

    async def leave(self) -> None:
        """Leave for good."""
        self.writer.write(frame(LEAVE, CLOSE))
        self.writer.close()

    def cut(self) -> None:
        """Lose the connection, without a goodbye."""
        self.writer.transport.abort()
