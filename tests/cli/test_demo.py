"""`roomcast demo` without a terminal: it plays, compares, says what came of it, and leaves nothing behind."""

import io
import os
import re
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest
from rich.console import Console

import roomcast
from roomcast.cli.demo_run import DemoRun
from roomcast.cli.demo_summary import Summary
from roomcast.cli.stop_signals import StopSignals
from roomcast.core.room.command_trace import CommandTrace
from tests.cli.roomcast_program import ANYWHERE, ROOMCAST, Roomcast
from tests.integration.rooms import pump_until
from tests.plain_player import PlainPlayer
from tests.programs import is_running
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(10)


def bots_of(demo: Roomcast, *names: str) -> list[int]:
    return [int(demo.line(f"{name} plays in process ")) for name in names]


def test_it_ends_by_itself_and_everyone_ran_the_same(tmp_path: Path) -> None:
    picture = tmp_path / "board.svg"
    with Roomcast("demo", *ANYWHERE, "--seconds", "2", "--picture", str(picture)) as demo:
        bots = bots_of(demo, "red", "green", "blue")
        for name in ("red", "green", "blue", "yellow"):
            demo.line(f"{name} joined")
        demo.line("  6 done ")
        assert re.fullmatch(r", \d+ moves: (yellow|red|green|blue) at \d+ \d+, .*", demo.line("1 s"))
        assert demo.wait() == 0
    sent = int(demo.line("  commands sent ").replace(",", ""))
    assert sent > 4 * 2 * 5  # four players, two seconds, some ten steps a second each
    assert int(demo.line("  copies delivered ").replace(",", "")) == 4 * sent
    digests = {demo.line(f"    {name} ").split()[-1] for name in ("yellow", "red", "green", "blue")}
    assert len(digests) == 1
    assert demo.lines[-1] == f"Every player ran the same {sent} commands in the same order."
    assert not any(map(is_running, bots))
    svg = picture.read_text()
    assert svg.startswith("<svg")
    assert "who is here" in svg.replace("&#160;", " ")
    assert "url(http" not in svg  # it loads nothing from elsewhere


def test_others_may_come_in_and_play() -> None:
    with Roomcast("demo", *ANYWHERE, "--bots", "1", "--no-color") as demo:
        demo.line("red joined")
        with (
            roomcast.join(f"127.0.0.1:{demo.port}/dots", "guest") as guest,
            PlainPlayer(demo.starter_port) as ada,
        ):
            ran: list[tuple[str, int, int]] = []
            guest.on("move")(lambda player, dx, dy: ran.append((player.id, dx, dy)))
            ada.say("move 0 10")
            guest.send("move", 10, 0)
            guest.send("stop")  # a guest's stop ends nobody's game
            pump_until(lambda: {("Ada", "0", "10"), ("guest", 10, 0)} <= set(ran), guest)
            # Where red is: a window that opens later can draw it there.
            at = pump_until(lambda: guest.players["red"].get("at"), guest)
            assert all(type(number) is int and 0 <= number < 400 for number in at)
            demo.line("guest joined")
            demo.line("Ada joined")
            wait_for(lambda: any("guest at 210 200, Ada at 200 210" in line for line in demo.lines))
        demo.line("guest left")
        demo.signal(signal.SIGINT)
        assert demo.wait() == 0
    demo.line("  There were guests, too: 2.")
    assert demo.line("Every player ran the same ").endswith(" commands in the same order.")


def test_without_bots_you_are_alone() -> None:
    with Roomcast("demo", *ANYWHERE, "--bots", "0", "--seconds", "0.5") as demo:
        assert demo.wait() == 0
    demo.line("You were alone, and ran ")


def test_a_bot_that_dies_is_noticed_and_said() -> None:
    with Roomcast("demo", *ANYWHERE, "--bots", "2") as demo:
        (_, green) = bots_of(demo, "red", "green")
        demo.line("1 s")
        os.kill(green, signal.SIGKILL)
        demo.line("green has ended: its process is gone")
        demo.signal(signal.SIGTERM)
        assert demo.wait() == 1
    assert demo.lines[-2:] == ["green's process was ended by signal 9.", "green did not report what it ran."]


def test_a_demo_that_is_killed_leaves_no_bots_behind() -> None:
    with Roomcast("demo", *ANYWHERE, "--bots", "2") as demo:
        bots = bots_of(demo, "red", "green")
        demo.line("1 s")
        demo.signal(signal.SIGKILL)
        demo.wait()
        wait_for(lambda: not any(map(is_running, bots)), what="the bots end")


def test_when_nobody_reads_any_more_it_ends_without_a_word() -> None:
    demo = subprocess.Popen([ROOMCAST, "demo", *ANYWHERE], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        bot = next(int(line.split()[-1]) for line in demo.stdout if line.startswith("red plays"))
        demo.stdout.close()
        assert demo.stderr.read() == ""
        assert demo.wait(10) == 1
    wait_for(lambda: not is_running(bot), what="the bot ends")


def run(program: tuple[str, ...], seconds: float = 0.5) -> Summary:
    """A demo in this process, with one bot that runs `program`."""
    traces: deque[CommandTrace] = deque(maxlen=100)
    room = roomcast.host("dots", "yellow", bind="127.0.0.1", port=0, show=traces.append, quiet=True)
    with room:
        return DemoRun(room, traces, StopSignals(), Console(file=io.StringIO())).run(1, seconds, None, program)


def test_a_bot_that_ran_something_else_is_found_out() -> None:
    liar = str(Path(__file__).with_name("lying_bot.py"))
    assert run((sys.executable, liar)).wrong == [
        "red ran as many commands as yellow, but not the same ones in the same order."
    ]


def test_a_bot_that_cannot_start_is_said_with_its_last_words() -> None:
    summary = run((sys.executable, "-c", "raise SystemExit('no legs')"))
    assert summary.wrong == ["red's process ended with exit code 1: no legs.", "red did not report what it ran."]


@pytest.mark.parametrize(
    ("flags", "part"),
    [
        (["--bots", "51"], "'--bots'"),
        (["--seconds", "0"], "'--seconds'"),
        (["--name", "x" * 65], "65 where the limit is 64 characters"),
    ],
)
def test_a_bad_flag(flags: list[str], part: str) -> None:
    with Roomcast("demo", *ANYWHERE, *flags) as demo:
        assert demo.wait() in (1, 2)
    (sentence,) = demo.lines
    assert part in sentence
