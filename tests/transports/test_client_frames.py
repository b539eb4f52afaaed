"""The rules of RFC 6455 that a client sees to: what a server sends that breaks them ends the connection, a row each."""

import asyncio
import base64
import hashlib
import struct
from collections.abc import Callable

import pytest

from roomcast.transports import picows_client
from roomcast.transports.client_network import ConnectionEnd
from roomcast.transports.event_loop import new_loop

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
FIN = 0x80


def framed(payload: bytes = b"", opcode: int = TEXT, *, fin: int = FIN, rsv: int = 0) -> bytes:
    """A server's frame of less than 64 KiB, with the bits that are asked for."""
    size = len(payload)
    length = bytes([size]) if size < 126 else struct.pack("!BH", 126, size)
    return bytes([fin | rsv | opcode]) + length + payload


def closing(code: int, reason: bytes = b"") -> bytes:
    return framed(struct.pack("!H", code) + reason, CLOSE)


class Events:
    """What a client's connection tells."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.end: asyncio.Future[ConnectionEnd] = asyncio.get_running_loop().create_future()

    def opened(self) -> None: ...

    def writable(self) -> None: ...

    def received(self, frame: bytes) -> None:
        self.frames.append(frame)

    def closed(self, end: ConnectionEnd) -> None:
        self.end.set_result(end)


async def told(sent: bytes) -> tuple[list[bytes], ConnectionEnd, bytes]:
    """What a client takes of these bytes of a server, how its connection ends, and the bytes that it answers."""
    answered: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = head.partition("Sec-WebSocket-Key: ")[2].partition("\r\n")[0]
        accept = base64.b64encode(hashlib.sha1(f"{key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11".encode()).digest())
        writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n" + sent
        )
        try:
            answered.set_result(await reader.read())
        except ConnectionError:
            answered.set_result(b"")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    events = Events()
    picows_client.PicowsNetwork().connect(f"ws://127.0.0.1:{port}/", "roomcast.1", events)
    async with asyncio.timeout(10):
        end, answer = await events.end, await answered
    server.close()
    return events.frames, end, answer


@pytest.fixture(params=[asyncio.SelectorEventLoop, new_loop], ids=["asyncio", "our loop"])
def run(request: pytest.FixtureRequest) -> Callable[[bytes], tuple[list[bytes], ConnectionEnd, bytes]]:
    def run_it(sent: bytes) -> tuple[list[bytes], ConnectionEnd, bytes]:
        with asyncio.Runner(loop_factory=request.param) as runner:
            return runner.run(told(sent))

    return run_it


OURS = {
    "RSV1": framed(b"{}", rsv=0x40),
    "RSV2": framed(b"{}", rsv=0x20),
    "RSV3 of a ping": framed(b"", PING, rsv=0x10),
    "RSV1 of a close": framed(b"\x03\xe8", CLOSE, rsv=0x40),
    "a binary frame": framed(b"{}", BINARY),
    "a continuation of nothing": framed(b"{}", 0),
    "a continuation of a whole message": framed(b"{}") + framed(b"{}", 0),
    "a text inside a fragmented one": framed(b"{", fin=0) + framed(b"{}"),
    "a beginning inside an empty one": framed(b"", fin=0) + framed(b"{", fin=0),
    **{f"close code {code}": closing(code) for code in (0, 1006, 5000, 65535)},
}
PICOWS = {
    "an opcode that nobody has defined": framed(b"", 3),
    "a mask": bytes([FIN | TEXT, 0x80 | 2]) + b"\x00\x00\x00\x00{}",
    "a ping of 126 bytes": framed(b"x" * 126, PING),
    "a ping in fragments": framed(b"", PING, fin=0),
    "the top bit of 64": struct.pack("!BBQ", FIN | TEXT, 127, 1 << 63),
    "a close of one byte": framed(b"\x03", CLOSE),
    "a reason that is no UTF-8": closing(1000, b"\xff"),
    "close code 1005": closing(1005),
    "close code 1015": closing(1015),
    "close code 2999": closing(2999),
}


@pytest.mark.parametrize("sent", OURS.values(), ids=OURS)
def test_a_server_that_breaks_a_rule_is_left(
    run: Callable[[bytes], tuple[list[bytes], ConnectionEnd, bytes]], sent: bytes
) -> None:
    frames, end, _ = run(sent + framed(b'{"after":1}'))
    assert end.code == 1002
    assert end.reason.startswith("the server sent ")
    assert b'{"after":1}' not in frames


@pytest.mark.parametrize("sent", PICOWS.values(), ids=PICOWS)
def test_what_the_library_sees_to_ends_the_connection_as_well(
    run: Callable[[bytes], tuple[list[bytes], ConnectionEnd, bytes]], sent: bytes
) -> None:
    frames, _, _ = run(sent + framed(b'{"after":1}'))
    assert b'{"after":1}' not in frames


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012, 1013, 1014, 3000, 4403, 4999])
def test_a_close_as_it_should_be_says_why_and_nothing_counts_after_it(
    run: Callable[[bytes], tuple[list[bytes], ConnectionEnd, bytes]], code: int
) -> None:
    frames, end, answer = run(framed(b"{}") + closing(code, "até já".encode()) + framed(b'{"after":1}'))
    assert frames == [b"{}"]
    assert (end.code, end.reason) == (code, "até já")
    assert answer[0] == FIN | CLOSE


def test_a_close_without_a_code_has_the_code_for_none(
    run: Callable[[bytes], tuple[list[bytes], ConnectionEnd, bytes]],
) -> None:
    _, end, _ = run(framed(b"", CLOSE))
    assert (end.code, end.reason) == (1005, "")
