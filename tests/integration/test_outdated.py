"""What is outdated is not sent after a lost connection: `latest` and `ttl`, through a connection that is really cut.

The network first stands still: what is written meanwhile is lost, and written again after the resume unless it is
outdated. Then it is cut, and nothing can be written.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import roomcast
from roomcast import BadArgument, Room, join
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(8)


class Watcher:
    """Another player, who sees what arrives."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.seen: list[tuple[str, int]] = []
        for command in "aim", "shout", "shot":

            @room.command(command)
            def run(number: int, command: str = command) -> None:
                self.seen.append((command, number))

    def numbers(self, command: str) -> list[int]:
        self.room.pump()
        return [number for name, number in self.seen if name == command]


def test_stale_moves_are_not_sent_after_a_cut(server: RunningServer) -> None:
    with (
        Dam(server.port) as dam,
        join(server.address("cut"), name="blue") as blue,
        join(f"127.0.0.1:{dam.port}/cut", name="red") as red,
    ):
        watcher = Watcher(blue)
        offline: list[str] = []
        red.on("offline")(offline.append)

        @red.everywhere(latest=True)
        def aim(number: int) -> None: ...

        sent = 0

        def send_all() -> None:
            nonlocal sent
            sent += 1
            aim(sent)
            red.send("shout", sent, ttl=0.001)
            red.send("shot", sent)

        def sent_and_run() -> bool:
            send_all()
            wait_for(lambda: red.unacknowledged == 0, what="all of them came back or were dropped")
            return len(watcher.numbers("aim")) >= 3

        wait_for(sent_and_run, what="what can be sent at once is sent")
        assert watcher.numbers("aim") == watcher.numbers("shot") == list(range(1, sent + 1))
        before, at_first = sent, red.outdated

        dam.hold(clients_too=True)
        for _ in range(40):  # these are written, and never come to the server
            send_all()
            wait_for(lambda: not red._core.has_output, what="all was written that is not too old")
        dam.cut()
        wait_for(lambda: red.pump() + len(offline), what="red noticed it")
        for _ in range(39):  # these are never written
            send_all()
        wait_for(lambda: red.outdated >= at_first + 38, what="the network's thread dropped what is outdated")
        assert red.unacknowledged >= 79, "what is to be sent in any case waits"
        dam.release()
        dam.mend()

        wait_for(lambda: len(watcher.numbers("shot")) == sent, what="all shots arrived")
        wait_for(lambda: red.pump() + (not red.unacknowledged), what="nothing waits any more")
        assert watcher.numbers("shot") == list(range(1, sent + 1)), "each once, in order"
        assert watcher.numbers("aim") == [*range(1, before + 1), sent], "of the 79 that waited, the newest alone"
        late = [number for number in watcher.numbers("shout") if number > before]
        assert late == [], "nothing that is older than a millisecond"
        assert red.outdated == at_first + 78 + 79
        places = [place for place, seen in enumerate(watcher.seen) if seen in (("aim", sent), ("shot", sent))]
        assert places[1] == places[0] + 1, "the newest has its own place among the others"


def test_an_asyncio_program_sends_the_newest_alone_too(server: RunningServer) -> None:
    async def play(dam: Dam, blue: Watcher) -> tuple[int, int]:
        async with roomcast.connect(f"127.0.0.1:{dam.port}/cut", name="red") as red:
            lost = asyncio.Event()
            red.on("offline")(lambda why: lost.set())

            async def run() -> None:
                async for _ in red:
                    pass

            running = asyncio.create_task(run())
            dam.hold(clients_too=True)
            for number in range(1, 21):
                red.send("aim", number, latest=True)
                red.send("aim", -number, to=blue.room.me.id, latest=True)
                while red._core.has_output:  # noqa: ASYNC110  # nothing tells when
                    await asyncio.sleep(0.001)
            dam.cut()
            await lost.wait()
            dam.release()
            dam.mend()
            while red.unacknowledged:  # noqa: ASYNC110  # nothing tells when
                await asyncio.sleep(0.001)
            outdated = red.outdated
            running.cancel()
            return red.unacknowledged, outdated

    with Dam(server.port) as dam, join(server.address("cut"), name="blue") as blue:
        watcher = Watcher(blue)
        assert asyncio.run(asyncio.wait_for(play(dam, watcher), 30)) == (0, 38)
        wait_for(lambda: len(watcher.numbers("aim")) >= 2, what="the newest arrived")
        assert watcher.numbers("aim") == [20, -20]


def test_a_function_that_has_both_is_run_where_it_is_in_time(server: RunningServer) -> None:
    with join(server.address("both"), name="red") as red:
        ran: list[int] = []

        @red.everywhere(latest=True, ttl=60)
        def aim(player: Any, number: int) -> None:
            ran.append(number)

        aim(1)
        wait_for(lambda: red.pump() and ran)
        assert ran == [1]
        with pytest.raises(BadArgument, match="leave out latest="):
            red.send("picture", b"bytes", latest=True)
        with pytest.raises(BadArgument, match="latest= is True or False"):
            red.everywhere(latest=1)  # type: ignore[call-overload]
        with pytest.raises(BadArgument, match=r"ttl= .* not -1"):
            red.everywhere(ttl=-1)
        assert red.unacknowledged == 0
