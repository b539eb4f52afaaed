"""On Windows all runs on the proactor loop. Here: on a loop that has no more than that one has."""

import asyncio
import types
from typing import Any

import pytest

import roomcast
from roomcast.transports import event_loop
from tests.integration.rooms import notes, pump_until


class LikeProactor(asyncio.SelectorEventLoop):
    """Has no file descriptors to watch, and no signal handlers: `select` is not what it runs on."""

    made = 0

    def __init__(self) -> None:
        LikeProactor.made += 1
        super().__init__()

    def _no(self, *_: object) -> Any:
        raise NotImplementedError

    add_reader = remove_reader = add_writer = remove_writer = _no  # type: ignore[assignment]
    add_signal_handler = remove_signal_handler = _no  # type: ignore[assignment]


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_loop, "sys", types.SimpleNamespace(platform="win32"))
    monkeypatch.setattr(asyncio, "ProactorEventLoop", LikeProactor, raising=False)
    monkeypatch.setattr(LikeProactor, "made", 0)


@pytest.mark.usefixtures("windows")
def test_a_room_is_hosted_joined_and_played_in_on_the_proactor_loop() -> None:
    with roomcast.host("dots", "red", bind="127.0.0.1", port=0, quiet=True, announce=False) as red:
        address = f"127.0.0.1:{red.hosted.server.port}/dots"
        heard = notes(red, "step", "leave")

        async def play() -> None:
            async with roomcast.connect(address, name="blue") as blue:
                blue.send("step", 1)
                assert (await anext(blue)).command == "step"
                blue.send("step", b"x" * 100_000)
                while blue.unacknowledged:
                    await anext(blue)

        with asyncio.Runner(loop_factory=event_loop.new_loop) as runner:
            runner.run(play())
        with roomcast.join(f"localhost:{red.hosted.server.port}/dots", name="green") as green:
            green.send("step", 2)
            pump_until(lambda: green.unacknowledged == 0, green)
        pump_until(lambda: len(heard) == 5, red)
        assert [one[:2] for one in heard] == [
            ("step", "blue"), ("step", "blue"), ("leave", "blue"), ("step", "green"), ("leave", "green")
        ]  # fmt: skip
    assert LikeProactor.made == 4  # the server's, two clients' threads, and the one of asyncio
