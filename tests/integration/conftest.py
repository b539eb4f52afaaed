"""Servers for the tests: most need one of their own for a moment, on ports that the system chooses."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from roomcast import Limits, Room, join
from roomcast.core.server.room_kinds import STATE_BY_EVERYONE, RoomKinds, StateBy, relays_only
from roomcast.hosting import HostedServer
from roomcast.server import driver
from roomcast.server.access import AccessSettings
from roomcast.server.server import Server
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_retention import KeepLimits
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from tests.elsewhere import ELSEWHERE
from tests.integration.foreign import Foreign

Result = TypeVar("Result")

FAST = {"rate": 100_000.0, "burst": 100_000, "address_time": 1000.0}  # limits for tests that are not about the rate


ACCESS = AccessSettings(hosts=(ELSEWHERE,))  # a name of this computer, to the tests


class RunningServer(Server):
    """A server in a thread of its own, on free ports, with FAST limits where no others are given.

    `keep`: the file in which it keeps its rooms.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        show: Any = None,
        token: str = "",
        access: AccessSettings = ACCESS,
        site: Path | None = None,
        keep: Path | None = None,
        kinds: RoomKinds = relays_only,
        network: BadNetwork = NOT_BAD,
        state_by: StateBy = STATE_BY_EVERYONE,
        **limits: Any,
    ) -> None:
        allowed = Limits(**(FAST | limits))
        super().__init__(
            allowed,
            host="127.0.0.1",
            port=port,
            starter_port=0,
            show=show,
            token=token,
            access=access,
            site=site,
            kinds=kinds,
            network=network,
            state_by=state_by,
            store=None if keep is None else SqliteStore(keep, keep=KeepLimits.of(allowed, history=False)),
        )
        self._hosted = HostedServer(self)
        self._hosted.start()

    def address(self, room: str = "dots") -> str:
        return f"127.0.0.1:{self.port}/{room}"

    def stop(self) -> None:
        """Close it as Ctrl-C would; does nothing the second time."""
        self._hosted.close()

    def set_limits(self, **limits: Any) -> None:
        """Other limits from now on: short ones where time is to run out, long ones where a busy machine may be late."""
        now = replace(self.directory.limits, **limits)
        self.ask(lambda: setattr(self.directory, "limits", now))

    def ask(self, question: Callable[[], Result]) -> Result:
        """Look at something inside, in the server's own thread."""
        answer: Future[Result] = Future()
        self._loop.call_soon_threadsafe(lambda: answer.set_result(question()))
        return answer.result(10)


@pytest.fixture
def start_server() -> Iterator[Callable[..., RunningServer]]:
    """start_server(rate=…, …) → a running server, with these limits."""
    with ExitStack() as stack:

        def start(**settings: Any) -> RunningServer:
            server = RunningServer(**settings)
            stack.callback(server.stop)
            return server

        yield start


def charges(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What addresses are charged at a server from now on: microseconds, each time."""
    charged: list[float] = []
    accounts = server.directory.accounts
    charge = accounts.charge

    def note(address: str, microseconds: float, now: float) -> float:
        charged.append(microseconds)
        return charge(address, microseconds, now)

    monkeypatch.setattr(accounts, "charge", note)
    return charged


@pytest.fixture
def server(start_server: Callable[..., RunningServer]) -> RunningServer:
    """A running server, whose starter clients go into the room "dots"."""
    return start_server()


@pytest.fixture
def enter(server: RunningServer) -> Iterator[Callable[..., Room]]:
    """enter("red") → a player in the room "dots" of `server`, who leaves at the end."""
    with ExitStack() as stack:
        yield lambda name="", room="dots": stack.enter_context(join(server.address(room), name=name))


@pytest.fixture
def red(enter: Callable[..., Room]) -> Room:
    """A player in the room "dots" of `server`."""
    return enter("red")


@pytest.fixture
def blue(enter: Callable[..., Room], red: Room) -> Room:
    """Comes after red."""
    return enter("blue")


@pytest.fixture
def unused_port() -> Iterator[int]:
    """A port that nobody listens on, and that nobody else gets."""
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        yield peer.getsockname()[1]


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers look 20 times a second, not once, at what time alone brings about."""
    monkeypatch.setattr(driver, "SWEEP_EVERY", 0.05)


@pytest.fixture
def visit(server: RunningServer) -> Iterator[Callable[..., Foreign]]:
    """visit() → a connection, visit("red") → one that has said hello."""
    with ExitStack() as stack:

        def open_one(name: str = "", **options: Any) -> Foreign:
            client = stack.enter_context(Foreign(server, **options))
            if name:
                client.hello(name)
            return client

        yield open_one
