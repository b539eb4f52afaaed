"""The event loop of a server waits for nothing but its sockets."""

import asyncio
import json
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from roomcast.core.protocol.limits import Limits
from roomcast.core.room.commit_log import Level
from roomcast.discovery import announce
from roomcast.errors import CannotServe
from roomcast.server import invitation
from roomcast.server import server as server_module
from roomcast.server.server import Server
from roomcast.storage import sqlite_thread
from roomcast.storage.sqlite import SqliteStore
from roomcast.storage.sqlite_queue import WorkQueue


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


def test_the_event_loop_never_touches_the_kept_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """150 rooms are made at once, written to, left, and opened again."""
    threads: set[str] = set()
    statements: list[str] = []
    asked: set[str] = set()
    all_asked = threading.Event()
    ask_really = WorkQueue.ask

    def ask(queue: WorkQueue, room: str, level: Level) -> None:
        ask_really(queue, room, level)
        asked.add(room)
        if len(asked) == 150:
            all_asked.set()

    monkeypatch.setattr(WorkQueue, "ask", ask)
    monkeypatch.setattr(sqlite_thread, "OPEN_FOR", 60.0)  # seconds: however slow the disk, no transaction ends early

    class Noted(sqlite3.Connection):
        """A connection that notes who uses it, and opens the first room once all of them are asked for."""

        def execute(self, *statement: Any) -> sqlite3.Cursor:
            threads.add(threading.current_thread().name)
            statements.append(str(statement[0]))
            if statement[0] == "SAVEPOINT room":
                assert all_asked.wait(60)
            return super().execute(*statement)

        def close(self) -> None:
            threads.add(threading.current_thread().name)
            super().close()

    connect_really = sqlite3.connect

    def noting(*where: Any, **how: Any) -> sqlite3.Connection:
        threads.add(threading.current_thread().name)
        return connect_really(*where, **how, factory=Noted)

    monkeypatch.setattr(sqlite3, "connect", noting)

    async def visit(port: int, number: int) -> None:
        async with connect(f"ws://127.0.0.1:{port}/", subprotocols=[Subprotocol("roomcast.1")]) as socket:
            await socket.send(json.dumps({"t": "hello", "room": f"room {number}", "name": "red"}))
            assert json.loads(await socket.recv())["t"] == "welcome"
            await socket.send(json.dumps({"t": "set", "n": 1, "of": "room", "p": {"x": 1}}))
            while '"set"' not in str(await socket.recv()):
                pass
            await socket.close(1000)

    async def serve() -> None:
        limits = Limits(empty_room=0.01, connections_address=1000)
        server = Server(limits, host="127.0.0.1", port=0, starter_port=None, store=SqliteStore(tmp_path / "rooms.db"))
        await server.start()
        for _ in range(2):
            await asyncio.gather(*(visit(server.port, number) for number in range(150)))
            for _ in range(500):
                if not server.directory.rooms:
                    break
                await asyncio.sleep(0.02)
            assert not server.directory.rooms, "all are closed"
        await server.close()

    asyncio.run(serve())
    assert threads == {"roomcast storage"}
    assert statements.count("SAVEPOINT room") == 300
    transactions = "\n".join(statements).split("BEGIN IMMEDIATE")
    opened = [transaction.count("SAVEPOINT room") for transaction in transactions]
    assert max(opened) >= 75, "many rooms are opened in one transaction"  # those asked for while the first one waited


def test_a_dialect_waits_for_no_more_players_than_a_room_has_seats() -> None:
    Server(Limits(room_players=3), starter_dialect="wait=3")
    with pytest.raises(CannotServe, match=r"^--starter-dialect: 'wait' is for more .*: 4 where the limit is 3 players"):
        Server(Limits(room_players=3), starter_dialect="wait=4")
