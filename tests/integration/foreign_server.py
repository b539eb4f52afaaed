"""Servers that are not ours: what a client makes of close codes, HTTP answers, and of whatever else they say."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

WELCOME: dict[str, Any] = {
    "t": "welcome",
    "me": "red",
    "session": "secret",
    "s": 1,
    "time": 0,
    "limits": {"message_size": 65536, "rate": 240, "burst": 480, "silent_for": 25},
    "snapshot": {"players": [{"id": "red", "name": "red"}]},
}


class ForeignServer:
    """A WebSocket server: `talk` is called for each connection, after its hello."""

    def __init__(self, port: int) -> None:
        self.address = f"127.0.0.1:{port}/dots"
        self.hellos: list[dict[str, Any]] = []


def say(connection: ServerConnection, *messages: dict[str, Any]) -> None:
    """Send messages in one frame."""
    connection.send("\n".join(map(json.dumps, messages)))


def stay(connection: ServerConnection) -> None:
    """Read until the other end is gone."""
    try:
        for _ in connection:
            pass
    except ConnectionClosed:
        pass


@contextmanager
def foreign_server(talk: Callable[[ServerConnection], object]) -> Iterator[ForeignServer]:
    def handle(connection: ServerConnection) -> None:
        try:
            server.hellos.append(json.loads(connection.recv()))
            talk(connection)
        except ConnectionClosed:
            pass

    protocols: Any = ["roomcast.1"]
    with serve(handle, "127.0.0.1", 0, subprotocols=protocols, close_timeout=0.5, ping_interval=None) as web:
        server = ForeignServer(web.socket.getsockname()[1])
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield server
        web.shutdown()
        thread.join()


@contextmanager
def raw_server(answer: Callable[[socket.socket], object]) -> Iterator[str]:
    """A TCP server: `answer` gets each connection after its HTTP request. Gives the address of a room there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def run() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    if over.is_set():
                        return
                    connection.settimeout(10)
                    try:
                        request = b""
                        while b"\r\n\r\n" not in request:
                            piece = connection.recv(4096)
                            if not piece:
                                break
                            request += piece
                        else:
                            answer(connection)
                    except OSError:
                        pass

        thread = threading.Thread(target=run)
        thread.start()
        host, port = listener.getsockname()
        try:
            yield f"{host}:{port}/dots"
        finally:  # a test that fails must not leave the thread waiting
            over.set()
            socket.create_connection((host, port)).close()
            thread.join()
