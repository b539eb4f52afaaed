"""Laptops sleep: a program, or the server, stands still for longer than its connections, seats or sessions are kept."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

import roomcast
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.programs import Program
from tests.reliability.serving import Serving
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(20)

CHILD = Path(__file__).with_name("child.py")

Start = Callable[..., RunningServer]

SOON = {"ping_every": 0.5, "silent_for": 2.0}  # seconds until one who sleeps is away


@contextmanager
def asleep(program: Program) -> Iterator[None]:
    program.signal(signal.SIGSTOP)
    yield
    program.signal(signal.SIGCONT)


def test_who_slept_for_longer_than_its_seat_is_kept_joins_again_with_all_that_was_said(
    often: None, start_server: Start
) -> None:
    server = start_server(**SOON, seat_kept=0.3)
    with roomcast.join(server.address(), name="red") as red, Program(CHILD, server.address(), "child") as program:
        heard = notes(red, "leave", "away", "join")
        program.line("in as child")
        with asleep(program):
            pump_until(lambda: ("leave", "child") in heard, red)
            red.send("say", "good night")
            pump_until(lambda: red.unacknowledged == 0, red)
        pump_until(lambda: heard[-1] == ("join", "child"), red)
        assert program.line("resumed ") == "4"  # away, leave, what red said, and its own join
        assert program.line("red: ") == "good night"


def test_who_slept_for_longer_than_one_may_come_back_is_told_that_its_session_is_lost(
    often: None, start_server: Start
) -> None:
    server = start_server(**SOON, seat_kept=0.2, resume_window=0.3)
    with roomcast.join(server.address(), name="red") as red, Program(CHILD, server.address(), "child") as program:
        heard = notes(red, "leave", "join")
        program.line("in as child")
        with asleep(program):
            pump_until(lambda: ("leave", "child") in heard, red)
            wait_for(lambda: server.ask(lambda: len(server.directory.rooms["dots"].sessions)) == 1)
            red.send("say", "good night")
            pump_until(lambda: red.unacknowledged == 0, red)
        pump_until(lambda: heard[-1] == ("join", "child"), red)
        assert "no longer knows this session" in program.line("lost: ")
        red.send("say", "good morning")
        pump_until(lambda: program.all_lines("red: "), red)
        assert program.all_lines("red: ") == ["good morning"]
        assert not program.all_lines("resumed")


def test_who_slept_for_longer_than_the_log_is_kept_is_told_what_it_skipped(often: None, start_server: Start) -> None:
    server = start_server(**SOON, kept_entries=20)
    with roomcast.join(server.address(), name="red") as red, Program(CHILD, server.address(), "child") as program:
        heard = notes(red, "away")
        program.line("in as child")
        with asleep(program):
            pump_until(lambda: ("away", "child") in heard, red)
            first, before = red.seq, server.ask(lambda: server.directory.rooms["dots"].log.last)
            for number in range(100):
                red.send("say", str(number))
            pump_until(lambda: red.unacknowledged == 0, red)
        skipped = [int(word) for word in program.line("skipped ").split()]
        assert skipped[0] == first == before, "the first that it had not seen is its own away"
        red.send("say", "100")
        pump_until(lambda: program.all_lines("red: ")[-1:] == ["100"], red)
        said = [int(line) for line in program.all_lines("red: ")]
        assert said == [*range(skipped[1] - before, 100), 100], "all that it did not skip, once"


def test_a_server_that_slept_for_longer_than_everything_still_knows_everyone(tmp_path: Path) -> None:
    times = ("--ping-every", "1", "--silent-for", "6", "--seat-kept", "6", "--resume-window", "7")
    server = Serving(tmp_path / "rooms.db", *times)
    with ExitStack() as stack:
        stack.callback(server.stop)
        dam = stack.enter_context(Dam(server.port))
        red = stack.enter_context(roomcast.join(f"127.0.0.1:{server.port}/dots", name="red"))
        blue = stack.enter_context(roomcast.join(f"127.0.0.1:{dam.port}/dots", name="blue"))
        red_felt, blue_felt = notes(red, "offline", "lost"), notes(blue, "lost", "resumed")
        heard = notes(red, "say", "away", "back", "leave")
        blue.me["score"] = 7
        pump_until(lambda: "blue" in red.players and red.players["blue"].get("score") == 7, red, blue)
        dam.cut()
        pump_until(lambda: ("away", "blue") in heard, red)
        server.stand_still()
        wakes_up_at = time.monotonic() + 8
        red.send("say", "are you there?")
        wait_for(lambda: time.monotonic() > wakes_up_at, what="a good night's sleep")
        dam.mend()
        server.go_on()
        pump_until(lambda: ("back", "blue") in heard and blue_felt and red.unacknowledged == 0, red, blue)
        assert sorted(heard) == [("away", "blue"), ("back", "blue"), ("say", "red", "are you there?")]
        assert red_felt == []
        assert [what[0] for what in blue_felt] == ["resumed"]
        assert blue.me["score"] == 7
