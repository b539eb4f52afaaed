"""A large piece of bytes to many sockets: real ones, on both event loops."""

import asyncio
import contextlib
import os
import random
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from roomcast.transports import fanout
from roomcast.transports.event_loop import new_loop

LOOPS = [asyncio.new_event_loop, new_loop]
LINUX = sys.platform == "linux"


class Pair:
    """Both ends of a connection: an asyncio server's transport, and a plain socket that reads when it is told to."""

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        accepted: asyncio.Future[asyncio.Transport] = loop.create_future()

        class Taker(asyncio.Protocol):
            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                accepted.set_result(cast(asyncio.Transport, transport))

        # Not `async with`: since Python 3.12.1 leaving it waits until all accepted connections are closed, too.
        with contextlib.closing(await loop.create_server(Taker, "127.0.0.1", 0)) as server:
            self.reader = socket.create_connection(server.sockets[0].getsockname())
            self.reader.settimeout(10)
            self.transport = await accepted
        self.stream = self.transport, self.transport.get_extra_info("socket").fileno()

    def read(self, size: int) -> bytes:
        """Exactly so many bytes, in a thread."""
        pieces = bytearray()
        while len(pieces) < size:
            piece = self.reader.recv(size - len(pieces))
            assert piece, f"the connection ended after {len(pieces):,} of {size:,} bytes"
            pieces += piece
        return bytes(pieces)


Test = Callable[[list[Pair]], Awaitable[None]]


@pytest.fixture(params=LOOPS, ids=["asyncio", "the server's"])
def on_loop(request: pytest.FixtureRequest) -> Iterator[Callable[[Test], None]]:
    """on_loop(test) runs a test with ten connections."""

    async def run(test: Test) -> None:
        pairs = [Pair() for _ in range(10)]
        for pair in pairs:
            await pair.open()
        try:
            await test(pairs)
        finally:
            for pair in pairs:
                pair.transport.abort()
                pair.reader.close()

    with asyncio.Runner(loop_factory=request.param) as runner:
        yield lambda test: runner.run(run(test))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each `sendfile` sent."""
    counts: list[int] = []
    if LINUX:
        real = os.sendfile

        def counting(to: int, file: int, offset: int, size: int) -> int:
            counts.append(real(to, file, offset, size))
            return counts[-1]

        monkeypatch.setattr(os, "sendfile", counting)
    return counts


def pieces(sizes: list[int]) -> list[bytes]:
    chance = random.Random(1)
    return [chance.randbytes(size) for size in sizes]


def test_everyone_gets_every_byte_in_order_however_late_it_reads(
    on_loop: Callable[[Test], None], counted: list[int]
) -> None:
    large = pieces([40_000, 25_000, 3_000_000, 100_000, 24_576])  # more than the system takes: some of it must wait
    small = b"a small one, written as always"

    async def test(pairs: list[Pair]) -> None:
        for data in large:
            fanout.spread(data, (pair.stream for pair in pairs))
            for pair in pairs:
                pair.transport.write(small)
        whole = small.join([*large, b""])
        for pair in pairs:  # one after the other: the last has not read a byte until then
            assert await asyncio.to_thread(pair.read, len(whole)) == whole

    on_loop(test)
    if LINUX:
        assert counted[:10] == [40_000] * 10, "the first piece goes to each without a copy"


def test_nothing_overtakes_what_waits(on_loop: Callable[[Test], None]) -> None:
    first, second = pieces([5_000_000, 30_000])

    async def test(pairs: list[Pair]) -> None:
        fanout.spread(first, (pair.stream for pair in pairs))
        begun = [pair.reader.recv(1_000_000) for pair in pairs]  # now the system would take the second at once
        fanout.spread(second, (pair.stream for pair in pairs))
        for pair, read in zip(pairs, begun, strict=True):
            rest = await asyncio.to_thread(pair.read, len(first) + len(second) - len(read))
            assert read + rest == first + second

    on_loop(test)
    assert files_in_memory() == 0


def test_what_is_on_its_way_stays_as_it_was_when_more_is_spread(on_loop: Callable[[Test], None]) -> None:
    many = pieces([30_000] * 40)

    async def test(pairs: list[Pair]) -> None:
        for data in many:
            fanout.spread(data, (pair.stream for pair in pairs))
        for pair in pairs:
            assert await asyncio.to_thread(pair.read, 40 * 30_000) == b"".join(many)

    on_loop(test)


def test_a_descriptor_that_is_another_s_by_now_is_not_written_to(on_loop: Callable[[Test], None]) -> None:
    data = pieces([30_000])[0]

    async def test(pairs: list[Pair]) -> None:
        gone, *others = pairs
        number = gone.stream[1]
        gone.transport.abort()
        assert await asyncio.to_thread(gone.reader.recv, 1) == b"", "it is not closed"
        with contextlib.ExitStack() as stack:
            ends = [stack.enter_context(end) for end in socket.socketpair()]
            while all(end.fileno() != number for end in ends):  # a new socket gets the lowest free number
                ends[:0] = [stack.enter_context(end) for end in socket.socketpair()]
            place = next(place for place, end in enumerate(ends) if end.fileno() == number)
            fanout.spread(data, (pair.stream for pair in pairs))
            ends[place].close()
            stranger = ends[place ^ 1]
            stranger.settimeout(10)
            assert stranger.recv(10) == b"", "a stranger's socket got what was for another"
        for pair in others:
            assert await asyncio.to_thread(pair.read, len(data)) == data

    on_loop(test)


def files_in_memory() -> int:
    """How many this program has open, where the system tells."""
    count = 0
    for link in Path("/proc/self/fd").iterdir() if LINUX else ():
        with contextlib.suppress(OSError):  # the folder's own is gone again
            count += "memfd:roomcast" in str(link.readlink())
    return count


@pytest.mark.parametrize("lacking", ["memfd_create", "write", "sendfile"])
def test_without_help_from_the_system_everyone_is_written_to_as_always(
    on_loop: Callable[[Test], None], monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    data = pieces([200_000])[0]

    def refuse(*_: object) -> int:
        raise OSError("not here")

    async def test(pairs: list[Pair]) -> None:
        gone, *others = pairs
        gone.transport.abort()
        assert await asyncio.to_thread(gone.reader.recv, 1) == b"", "it is not closed"
        with monkeypatch.context() as patch:
            patch.setattr(os, lacking, refuse, raising=False)
            fanout.spread(data, (pair.stream for pair in pairs))
        for pair in others:
            assert await asyncio.to_thread(pair.read, len(data)) == data

    on_loop(test)
    assert files_in_memory() == 0
