"""Silence that misleads, with real servers and programs: no pump, a misspelt room, a wrong code."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable

import pytest

import roomcast
from roomcast import Room
from roomcast.core.protocol.room_codes import ALPHABET, parse
from roomcast.help_topics import link
from roomcast.server import Room as RuledRoom
from tests.integration.conftest import RunningServer
from tests.rules.kinds import ruled_kinds

PROGRAM = """
import roomcast

room = roomcast.join({address!r}, name="Ada")

{functions}
{rest}
"""
MOVE = """
@room.everywhere
def move(player, dx):
    print("moved")
"""


def run(server: RunningServer, functions: str, rest: str) -> subprocess.CompletedProcess[str]:
    source = PROGRAM.format(address=server.address(), functions=functions, rest=rest)
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("rest", ["move(5)", "move(5)\nroom.leave()", "with room:\n    move(5)"])
def test_a_program_that_ends_without_pump_is_told_so_once(server: RunningServer, rest: str) -> None:
    done = run(server, MOVE, rest)
    assert done.returncode == 0
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("none of this program's functions has run: it has never called room.pump()")
    assert "while not room.closed: room.pump(wait=0.1)" in line


@pytest.mark.parametrize(("library", "window"), [("tkinter", "window"), ("turtle", "turtle")])
def test_a_program_with_a_window_is_told_to_attach_it(server: RunningServer, library: str, window: str) -> None:
    done = run(server, MOVE, f"import {library}\nmove(5)")
    (line,) = done.stderr.splitlines()
    assert line.startswith("none of this program's functions has run: it has never called room.pump()")
    assert f"arrived. Write room.attach({window}) before {window}.mainloop()" in line


@pytest.mark.parametrize(
    ("functions", "rest"),
    [
        (MOVE, "move(5)\nroom.pump(wait=1)"),
        (MOVE, "import logging\nlogging.getLogger('roomcast.hints.pump').disabled = True"),
        ("", "room.send('move', 5)\nroom.state['x'] = 1"),
    ],
)
def test_who_pumps_or_only_sends_is_told_nothing(server: RunningServer, functions: str, rest: str) -> None:
    done = run(server, functions, rest)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "rest", ["move('five', 6)\nroom.pump()", "with room:\n    move('five', 6)", "with room:\n    exit('BadArgument')"]
)
def test_who_ends_by_an_exception_reads_of_that_alone(server: RunningServer, rest: str) -> None:
    done = run(server, MOVE, rest)
    assert done.returncode == 1
    assert "BadArgument" in done.stderr
    assert "pump" not in done.stderr.splitlines()[-1]
    assert "never called" not in done.stderr


def test_too_fast_names_pump_where_it_was_never_called(red: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomcast.core.client.send_queue.MAX_WAITING", 0)
    monkeypatch.delitem(sys.modules, "tkinter", raising=False)  # another test may have imported it
    for act in (lambda: red.send("hi"), lambda: red.state.update(x=1)):
        with pytest.raises(roomcast.TooFast, match=r"send less often.*never called room\.pump\(\)"):
            act()
    red.pump()
    with pytest.raises(roomcast.TooFast) as error:
        red.send("hi")
    assert "pump" not in str(error.value)


# ---------------------------------------------------------------------- rooms


def near(caplog: pytest.LogCaptureFixture) -> list[str]:
    given = [one.getMessage() for one in caplog.records if one.name == "roomcast.hints.first-here"]
    return [one.removesuffix(f" {link('first-here')}") for one in given]


@pytest.mark.parametrize("typed", ["trutles", "Turtles", "turtle", "turtless", "turt les", "turtels"])
def test_who_is_the_first_in_a_misspelt_room_is_told_of_the_others(
    server: RunningServer, enter: Callable[..., Room], caplog: pytest.LogCaptureFixture, typed: str
) -> None:
    enter("Ada", "turtles")
    enter("Alan", "dots")
    room = enter("Joan", typed.replace(" ", "%20"))
    assert near(caplog) == [
        f"you are the first in the room {room.name!r}; other rooms here: 'turtles'. Is the name right?"
    ]
    enter("Late", typed.replace(" ", "%20"))
    assert len(near(caplog)) == 1, "the second is not alone there"


class Duel(RuledRoom):
    """Two of them."""


@pytest.mark.parametrize("typed", ["dual", "duell", "Duels"])
def test_who_has_misspelt_a_kind_with_rules_is_told_of_it(
    start_server: Callable[..., RunningServer], caplog: pytest.LogCaptureFixture, typed: str
) -> None:
    server = start_server(kinds=ruled_kinds({"duel": Duel}))
    with roomcast.join_or_create(server.address(typed)) as room:
        assert room.name.startswith(f"{typed}-")
        why = f"this server has no rules for {typed!r}, so this is a room without; it has some for 'duel'"
        assert near(caplog) == [f"{why}. Is the name right?"]
        with roomcast.join_or_create(server.address(typed)) as other:
            assert other.name == room.name
    assert len(near(caplog)) == 1, "the second is not alone there"
    for name in (typed, f"{typed}-friday"):
        roomcast.join(server.address(name)).leave()
        what = f"you are the first in the room {name!r}; other rooms here: 'duel'"
        assert near(caplog)[-1] == f"{what}. Is the name right?"
    with pytest.raises(roomcast.CannotConnect, match=r"leave them out \(was 'duel' meant\?\)"):
        roomcast.join_or_create(server.address(typed), mode="fun")
    with pytest.raises(roomcast.CannotConnect, match=r"make a private one \(was 'duel' meant\?\)"):
        roomcast.create(server.address(typed), password="fish")


def test_rooms_with_rules_and_names_that_are_meant_to_differ_are_told_nothing_of_kinds(
    start_server: Callable[..., RunningServer], caplog: pytest.LogCaptureFixture
) -> None:
    server = start_server(kinds=ruled_kinds({"duel": Duel}))
    for where in ("duel", "chat"):
        roomcast.join_or_create(server.address(where)).leave()
        roomcast.join(server.address(f"{where}-friday")).leave()
    assert near(caplog) == []


@pytest.mark.parametrize("names", [("group1", "group2"), ("group1", "group10"), ("cat", "car"), ("dots", "board")])
def test_names_that_are_meant_to_differ_are_not(
    enter: Callable[..., Room], caplog: pytest.LogCaptureFixture, names: tuple[str, str]
) -> None:
    for name in names:
        enter("Ada", name)
    assert near(caplog) == []


def test_rooms_that_nobody_is_in_are_not_told(enter: Callable[..., Room], caplog: pytest.LogCaptureFixture) -> None:
    enter("Ada", "turtles").leave()
    enter("Alan", "trutles")
    assert near(caplog) == []


def test_a_code_with_a_wrong_letter_is_refused(server: RunningServer, enter: Callable[..., Room]) -> None:
    code = enter("Ada", "turtles").code
    wrong = [code[:at] + letter + code[at + 1 :] for at in range(4) for letter in ALPHABET if letter != code[at]]
    wrong += [code[:at] + code[at + 1] + code[at] + code[at + 2 :] for at in range(3) if code[at] != code[at + 1]]
    for typed in (wrong[0], wrong[-1].lower()):
        with pytest.raises(roomcast.CannotConnect, match=f"no room has the code '{typed}' here: one of its letters is"):
            enter("Alan", typed)
    assert all(parse(typed) is None for typed in wrong)
    assert enter("Joan", code.lower()).name == "turtles"
    assert list(server.ask(lambda: list(server.directory.rooms))) == ["turtles"]


def test_names_that_are_no_codes_are_names(enter: Callable[..., Room], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    for name in ("dots", "cat", "myth1", "rhythms", "BOARD", "xy", "jump", "duck", "turn"):
        assert enter("Ada", name).name == name
    assert near(caplog) == []
