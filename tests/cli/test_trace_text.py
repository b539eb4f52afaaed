"""The six steps of a command, as a learner reads them."""

import re

import pytest

from roomcast import join
from roomcast.cli.trace_text import call, heading, lines, visible
from roomcast.core.room.command_trace import CommandTrace
from tests.cli.roomcast_program import ANYWHERE, Roomcast
from tests.integration.rooms import pump_until
from tests.plain_player import PlainPlayer


def trace(**facts: object) -> CommandTrace:
    known: dict[str, object] = {
        "room": "dots",
        "seq": 7,
        "by": "red",
        "command": "move",
        "arguments": "[5,0]",
        "received_at": 10.0,
        "came": b"c" * 37,
        "sent_at": 10.0005,
        "went": b"w" * 73,
        "readers": ("red", "blue"),
        "acted_to_sent": 0.08,
        "received": {"red": 0.5, "blue": 0.41},
        "ran": {"red": 0.0034, "blue": 1200.0},
    }
    return CommandTrace(**{**known, **facts})  # type: ignore[arg-type]


def shown(**facts: object) -> list[str]:
    return [line.plain for line in lines(trace(**facts))]


def test_the_six_steps() -> None:
    assert heading(trace()).plain == "red: move(5, 0)"
    assert shown() == [
        "1 acted        red's program called move(5, 0)",
        "2 sent         red's program sent it as a message, 0.08 ms later",
        "3 received     the server read 37 bytes; it is number 7 of the room dots",
        "4 sent to all  the server sent 73 bytes to each of 2 players, 0.50 ms later",
        "5 received     blue +0.41 ms, red +0.50 ms",
        "6 done         red +3 µs, blue +1.20 s",
    ]


def test_a_starter_client_that_acts_cannot_say_when() -> None:
    second = shown(by="Ada", acted_to_sent=None)[1]
    assert second == "2 sent         Ada's program sent it; starter clients do not report when"


def test_a_starter_client_that_reads_cannot_say_when() -> None:
    one, two = shown(readers=("red", "Ada"), silent=("Ada",), received={"red": 0.5}, ran={"red": 0.02})[4:]
    assert one == "5 received     red +0.50 ms; Ada (a starter client) cannot say"
    assert two == "6 done         red +0.02 ms; Ada (a starter client) cannot say"
    several = shown(readers=("Ada", "Alan"), silent=("Ada", "Alan"), received={}, ran={})[4]
    assert several == "5 received     Ada and Alan (starter clients) cannot say"


def test_one_that_should_report_and_does_not_is_named() -> None:
    steps = shown(acted_to_sent=None, received={"blue": 0.41}, ran={"blue": 0.01})
    assert steps[1] == "2 sent         red's program sent it as a message; it did not report when"
    assert steps[4] == "5 received     blue +0.41 ms; red did not report within 1 s"


def test_of_many_the_first_and_the_last_are_shown() -> None:
    many = {f"p{n}": n / 10 for n in range(20)}
    assert shown(readers=tuple(many), received=many)[3:5] == [
        "4 sent to all  the server sent 73 bytes to each of 20 players, 0.50 ms later",
        "5 received     20 players, first p0 +0 µs, last p19 +1.9 ms",
    ]


def test_nobody_is_there() -> None:
    alone = shown(by="Ada", readers=(), received={}, ran={}, acted_to_sent=None)
    assert [line[15:] for line in alone[3:]] == ["nobody else is there"] * 3


@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        ('{"dx":5,"why":null}', "move(dx=5, why=None)"),
        ('["5",true,[1.5,{"a":"b"}]]', "move('5', True, [1.5, {'a': 'b'}])"),
        ("[]", "move()"),
        ('["' + "x" * 100 + '"]', "move('" + "x" * 58 + "…)"),
        ('["\\u001b[2J\u009b2J\u202e"]', r"move('\x1b[2J\x9b2J\u202e')"),
    ],
)
def test_a_call_is_written_as_in_python_and_harms_no_terminal(arguments: str, written: str) -> None:
    assert call(trace(arguments=arguments)) == written


def test_a_lone_surrogate_can_be_printed() -> None:
    visible("\ud800").encode()


def test_show_prints_the_way_of_each_command() -> None:
    with Roomcast("serve", *ANYWHERE, "--show") as program:
        address = f"127.0.0.1:{program.port}/dots"
        with join(address, "red") as red, join(address, "blue") as blue:
            got: list[int] = []
            for room in (red, blue):
                room.on("move")(lambda dx, dy: got.append(dx))
            red.send("move", 5, 0)
            pump_until(lambda: len(got) == 2, red, blue)
            program.line("red: move(5, 0)")
            program.line("  6 done ")
            steps = [line for line in program.lines if line.startswith("  ")][-6:]
            assert [line.split("  ")[1] for line in steps] == [
                "1 acted", "2 sent", "3 received", "4 sent to all", "5 received", "6 done",
            ]  # fmt: skip
            assert re.fullmatch(r"  2 sent         red's program sent it as a message, [\d.]+ ms later", steps[1])
            assert re.fullmatch(r"  5 received     (red|blue) \+[\d.]+ ms, (red|blue) \+[\d.]+ ms", steps[4])
            with PlainPlayer(program.starter_port) as ada:
                ada.meet()
                blue.send("move", 7, 0)
                pump_until(lambda: got.count(7) == 2, red, blue)
                program.line("blue: move(7, 0)")
                assert ada.hear() == "move blue 7 0"
                ada.say("move 9 0")
                pump_until(lambda: len(got) == 6, red, blue)
                program.line("Ada: move('9', '0')")
                program.line("  2 sent         Ada's program sent it; starter clients do not report when")
                assert any(line.endswith("; Ada (a starter client) cannot say") for line in program.lines)
