"""What happens to the output of `roomcast serve --show`, and that nobody in the room notices."""

from __future__ import annotations

import io
import json
import os
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import pytest
from rich.console import Console
from rich.text import Text
from websockets.sync.client import ClientConnection

from roomcast.cli.console_writer import MOST_WAITING, ConsoleWriter
from roomcast.learn.free_port import free_port
from tests.cli.roomcast_program import ANYWHERE, ROOMCAST, stranger
from tests.waiting import TOO_LONG, wait_for

COMMANDS = 300
LINES = ("--rate", "100000", "--burst", "100000", "--address-time", "1000")


class Shown:
    """`roomcast serve --show`, with an output that the test made, and its errors."""

    def __init__(self, output: int | IO[Any], *words: str, **environment: str) -> None:
        port = free_port()
        self.port = port
        self.process = subprocess.Popen(
            [ROOMCAST, "serve", *ANYWHERE[:2], "--port", str(port), "--no-starter", "--show", *LINES, *words],
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "ROOMCAST_NO_ANNOUNCE": "1", **environment},
        )

    def end(self) -> str:
        """End it as Ctrl-C does; returns what it said on stderr."""
        self.process.terminate()
        _, said = self.process.communicate(timeout=60)
        assert self.process.returncode == 0
        return said


@contextmanager
def shown(output: int | IO[Any], *words: str, **environment: str) -> Iterator[Shown]:
    server = Shown(output, *words, **environment)
    try:
        wait_for(lambda: _listens(server), what="the server listens")
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def _listens(server: Shown) -> bool:
    with socket.socket() as peer:
        return peer.connect_ex(("127.0.0.1", server.port)) == 0


def play(server: Shown, word: str = "\U0001f600", commands: int = COMMANDS) -> None:
    """A player acts, and everything comes back in order."""
    with stranger(server.port) as (red, _):
        red.send("\n".join(json.dumps({"t": "do", "n": n, "c": "say", "a": [word]}) for n in range(1, commands + 1)))
        assert came_back(red, commands) == list(range(1, commands + 1))


def came_back(player: ClientConnection, commands: int) -> list[int]:
    numbers: list[int] = []
    while len(numbers) < commands:
        for line in str(player.recv(20)).splitlines():
            message = json.loads(line)
            assert message["t"] in ("do", "report"), message
            if message["t"] == "do":
                numbers.append(message["n"])
    return numbers


def test_an_encoding_without_the_character_shows_it_escaped() -> None:
    read, write = os.pipe()
    os.set_blocking(read, False)
    printed = bytearray()

    def shows() -> bool:
        try:
            printed.extend(os.read(read, 65536))
        except BlockingIOError:
            pass
        return printed.count(b"called say('\\U0001f600')") == 3

    with shown(write, PYTHONIOENCODING="cp1252") as server:
        os.close(write)
        play(server, commands=3)
        wait_for(shows, what="the three commands are shown")
        assert server.end() == ""
        assert "Ended: 3 commands came in" in os.read(read, 65536).decode("cp1252")
    os.close(read)


def test_a_reader_that_has_gone_ends_nothing_and_is_told_once_in_the_log() -> None:
    read, write = os.pipe()
    with shown(write) as server:
        os.close(write)
        os.close(read)
        for _ in range(3):
            play(server, commands=20)
        said = server.end()
    assert said.count("the server goes on, but what it prints is lost") == 1
    assert "BrokenPipeError" in said


def test_a_full_disk_ends_nothing_and_is_told_once_in_the_log() -> None:
    with Path("/dev/full").open("w") as output, shown(output) as server:
        for _ in range(3):
            play(server, commands=20)
        said = server.end()
    assert said.count("No space left on device") == 2, "the sentence, and its traceback"


def test_a_pipe_that_nobody_reads_stops_nobody_and_the_server_ends_when_asked() -> None:
    read, write = os.pipe()
    with shown(write) as server:
        os.close(write)
        for _ in range(20):  # far more than fits into a pipe
            play(server, "x" * 50)
        assert server.end() == ""
    os.close(read)


# ---------------------------------------------------------------------- the writer alone


class Gate(io.StringIO):
    """An output that takes nothing until it is opened, or that raises."""

    def __init__(self) -> None:
        super().__init__()
        self.open = threading.Event()
        self.error: Exception | None = None

    def write(self, text: str) -> int:
        assert self.open.wait(TOO_LONG)
        if self.error is not None:
            raise self.error
        return super().write(text)


@pytest.fixture
def gate() -> Gate:
    return Gate()


def writer(gate: Gate, failed: Callable[[Exception], object] = lambda error: None) -> ConsoleWriter:
    return ConsoleWriter(Console(file=gate, width=100), failed)


def test_what_does_not_fit_is_left_out_and_counted(gate: Gate) -> None:
    output = writer(gate)
    sent = MOST_WAITING * 3
    for number in range(sent):
        output.print(lambda number=number: [Text(f"line {number}")])  # type: ignore[misc]
    left_out = output.left_out
    assert sent - MOST_WAITING - 1 <= left_out <= sent - MOST_WAITING
    gate.open.set()
    output.close(20)
    lines = gate.getvalue().splitlines()
    assert len([line for line in lines if line.startswith("line ")]) == sent - left_out
    assert f"({left_out:,} not shown here: what takes this output is slower than the room)" in lines


def test_printing_never_waits_for_the_output(gate: Gate) -> None:
    output = writer(gate)
    output.print(lambda: [Text("one")])
    output.close(0.01)
    output.print(lambda: [Text("after the end")])
    gate.open.set()
    assert "after" not in gate.getvalue()


def test_each_kind_of_failure_is_told_once_and_what_comes_after_it_is_printed(gate: Gate) -> None:
    failures: list[Exception] = []
    output = writer(gate, failures.append)
    gate.open.set()
    gate.error = OSError(28, "No space left on device")
    for _ in range(3):
        output.print(lambda: [Text("lost")])
    output.print(_raises)
    wait_for(lambda: len(failures) == 2, what="both kinds are told")
    gate.error = None
    output.print(lambda: [Text("there is space again")])
    output.close(20)
    assert [type(error) for error in failures] == [OSError, ZeroDivisionError]
    assert gate.getvalue() == "there is space again\n"


def test_a_queue_of_a_closed_pipe_is_given_up(gate: Gate) -> None:
    failures: list[Exception] = []
    output = writer(gate, failures.append)
    gate.error = BrokenPipeError()
    gate.open.set()
    output.print(lambda: [Text("lost")])
    wait_for(lambda: failures, what="it is told")
    output.print(lambda: [Text("not even kept")])
    assert not output._waiting
    output.close(20)


def _raises() -> list[Text]:
    raise ZeroDivisionError
