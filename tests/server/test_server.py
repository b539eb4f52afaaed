"""The event loop of a server waits for nothing but its sockets."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roomcast.discovery import announce
from roomcast.server import invitation
from roomcast.server import server as server_module
from roomcast.server.server import Server
from roomcast.storage.sqlite import SqliteStore


@pytest.fixture
def threads_of(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any, str], list[threading.Thread]]:
    """threads_of(object, "name") → the threads in which that function is called from now on."""

    def note(owner: Any, name: str) -> list[threading.Thread]:
        seen: list[threading.Thread] = []
        real = getattr(owner, name)

        def noting(*args: Any) -> Any:
            seen.append(threading.current_thread())
            return real(*args)

        monkeypatch.setattr(owner, name, noting)
        return seen

    return note


def test_what_waits_for_a_disk_a_network_or_a_thread_runs_beside_the_event_loop(
    tmp_path: Path, threads_of: Callable[[Any, str], list[threading.Thread]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "may_announce", lambda: True)
    monkeypatch.setattr(announce, "is_for_others", lambda host: False)  # looks up the name of the host
    store = SqliteStore(tmp_path / "rooms.db")
    calls = {
        name: threads_of(owner, name)
        for owner, name in (
            (store, "start"),
            (store, "close"),
            (server_module, "read_files"),
            (announce, "is_for_others"),
            (invitation, "prepare"),
        )
    }

    async def serve() -> None:
        server = Server(host="127.0.0.1", port=0, starter_port=None, store=store, announce=True)
        await server.start()
        await server.close()

    asyncio.run(serve())
    for name, threads in calls.items():
        assert len(threads) == 1, name
        assert threads[0] is not threading.current_thread(), name


def test_a_server_that_cannot_start_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable() -> None:
        raise OSError("no such file")

    monkeypatch.setattr(server_module, "read_files", unreadable)
    file = tmp_path / "rooms.db"

    async def start() -> None:
        server = Server(host="127.0.0.1", port=0, starter_port=None, store=SqliteStore(file))
        with pytest.raises(OSError, match="no such file"):
            await server.start()
        assert server._driver._stopped

    asyncio.run(start())
    store = SqliteStore(file)
    store.start(lambda: None)  # nobody uses the file
    store.close()
