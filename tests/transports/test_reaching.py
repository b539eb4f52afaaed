"""Finding a server's addresses, and the first of them that answers: whatever DNS does, and however many are dead."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

import roomcast
from roomcast.transports import reaching
from roomcast.transports.reaching import Address, connect_to_first, resolve
from tests.waiting import TOO_LONG


class Loop(asyncio.SelectorEventLoop):
    """Connects to nowhere: "dead" never answers, "refused" refuses. Notes what is begun and what is open."""

    def __init__(self) -> None:
        super().__init__()
        self.begun: list[str] = []
        self.open: set[socket.socket] = set()

    async def sock_connect(self, sock: socket.socket, address: Any) -> None:
        self.begun.append(address)
        self.open.add(sock)
        if address.startswith("dead"):
            await asyncio.Event().wait()
        elif address.startswith("slow"):
            await asyncio.sleep(0.05)
        elif address.startswith("refused"):
            raise ConnectionRefusedError(address)

    def left_open(self) -> int:
        return sum(one.fileno() >= 0 for one in self.open)


@pytest.fixture
def loop() -> Iterator[Loop]:
    with asyncio.Runner(loop_factory=Loop) as runner:
        one = runner.get_loop()
        assert isinstance(one, Loop)
        yield one


def v4(name: str) -> Address:
    return socket.AF_INET, socket.SOCK_STREAM, 0, "", name


def v6(name: str) -> Address:
    return socket.AF_INET6, socket.SOCK_STREAM, 0, "", name


def connect(loop: Loop, *addresses: Address) -> socket.socket:
    return loop.run_until_complete(asyncio.wait_for(connect_to_first(addresses), 20))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "NEXT_AFTER", 0.02)


def test_the_families_take_turns_and_the_first_that_answers_wins(loop: Loop) -> None:
    with connect(loop, v6("dead 1"), v6("dead 2"), v4("good"), v4("never tried")):
        assert loop.begun == ["dead 1", "good"]
    loop.run_until_complete(asyncio.sleep(0))
    assert loop.left_open() == 0


def test_where_one_is_refused_the_next_is_tried_at_once(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "NEXT_AFTER", 3600)
    with connect(loop, v6("refused"), v4("good")):
        assert loop.begun == ["refused", "good"]


def test_a_slow_one_is_not_given_up_for_the_next(loop: Loop) -> None:
    with connect(loop, v6("slow"), v4("dead 1"), v4("dead 2")) as one:
        assert one.family == socket.AF_INET6
    loop.run_until_complete(asyncio.sleep(0))
    assert loop.left_open() == 0


def test_where_none_answers_the_first_failure_says_why(loop: Loop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reaching, "CONNECT_WITHIN", 0.05)
    with pytest.raises(ConnectionRefusedError, match="refused 1"):
        connect(loop, v6("refused 1"), v4("dead"), v4("refused 2"))
    assert loop.left_open() == 0


def test_who_is_cancelled_leaves_nothing_open(loop: Loop) -> None:
    async def give_up() -> None:
        task = asyncio.create_task(connect_to_first([v6("dead 1"), v4("dead 2")]))
        while len(loop.begun) < 2:  # noqa: ASYNC110  # nothing tells when
            await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)

    loop.run_until_complete(give_up())
    assert loop.left_open() == 0


def test_a_name_with_very_many_addresses_is_tried_at_some(loop: Loop) -> None:
    with pytest.raises(ConnectionRefusedError):
        connect(loop, *(v4(f"refused {number}") for number in range(1000)))
    assert len(loop.begun) == reaching.MAX_ADDRESSES


# ---------------------------------------------------------------------- a resolver that takes its time


@pytest.fixture
def slow_dns(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Nothing is resolved until the event is set."""
    go_on = threading.Event()
    real = socket.getaddrinfo

    def look(*args: Any, **kwargs: Any) -> Any:
        assert go_on.wait(TOO_LONG)
        return real(*args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look)
    yield go_on
    go_on.set()
    for thread in threading.enumerate():
        if thread.name.startswith("roomcast looks up"):
            thread.join(10)


def test_joining_keeps_to_its_time_whatever_the_resolver_does(slow_dns: threading.Event) -> None:
    threads = threading.active_count()
    with pytest.raises(roomcast.CannotConnect, match=r"does not answer within 0\.2 seconds"):
        roomcast.join("localhost:9/dots", timeout=0.2)
    assert threading.active_count() <= threads + 1  # the resolver's, which nobody waits for
    assert not slow_dns.is_set()


def test_the_asyncio_client_keeps_to_its_time_too_and_its_loop_ends(slow_dns: threading.Event) -> None:
    async def enter() -> None:
        await roomcast.connect("localhost:9/dots", timeout=0.2).__aenter__()

    with pytest.raises(roomcast.CannotConnect, match=r"does not answer within 0\.2 seconds"):
        asyncio.run(enter())
    assert not slow_dns.is_set()


def test_a_resolver_that_answers_after_its_loop_has_ended_does_no_harm(slow_dns: threading.Event) -> None:
    async def look() -> None:
        await asyncio.wait_for(resolve("localhost", 9), 0.01)

    with pytest.raises(TimeoutError):
        asyncio.run(look())
    slow_dns.set()
