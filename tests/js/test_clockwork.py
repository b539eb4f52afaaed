"""Timers, dice in them and worlds, in rooms with programs in both languages: newcomers are what all others are."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import roomcast
from roomcast.client.canonical import canonical
from tests.integration.conftest import RunningServer, enter, often, server, start_server  # noqa: F401  # fixtures
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.integration.world_programs import Clockwork, with_world, with_world_asked, without_asking, world_of
from tests.js.node import HERE, needs_node
from tests.programs import Program
from tests.waiting import wait_for

pytestmark = [needs_node, pytest.mark.takes(15)]

MARGIN = 60  # seconds; another program may have the machine at the moment


class Marked(Clockwork):
    """A program in Python, and its state at each command `mark`, as text."""

    def __init__(self, room: Any) -> None:
        self.marks: list[str] = []
        super().__init__(room)
        room.command("mark")(lambda: self.marks.append(text_of(self.state)))
        room.command("cancel")(self.cancel)

    def cancel(self, timer: int) -> None:
        if found := self.room.timers.get(timer):
            found.cancel()

    @property
    def timers(self) -> list[Any]:
        """Those that wait: id, function, arguments, seconds between two runs."""
        return [
            [one.id, one.function, [getattr(arg, "id", arg) for arg in one.args], one.every]
            for one in self.room.timers.values()
        ]

    @property
    def state(self) -> dict[str, Any]:
        return {"rolled": self.rolled, "ticks": self.ticks, "exploded": self.exploded}


class Node:
    """A program on roomcast.js, in a process of its own."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.id = program.line("in ", MARGIN)

    def type(self, line: str) -> None:
        self.program.type(line)

    def count(self, what: str) -> int:
        lines = self.program.all_lines(f"{what} ")
        return int(lines[-1]) if lines else 0

    @property
    def loads(self) -> int:
        return len(self.program.all_lines("loaded"))

    @property
    def marks(self) -> list[str]:
        return [text_of(json.loads(line)) for line in self.program.all_lines("marked ")]

    def timers(self) -> list[Any]:
        """Those that wait, as `Marked.timers`."""
        before = len(self.program.all_lines("timers "))
        self.type("timers")
        wait_for(lambda: len(self.program.all_lines("timers ")) > before, MARGIN, "it says which timers wait")
        return json.loads(self.program.all_lines("timers ")[before])  # type: ignore[no-any-return]  # as they are

    def events(self, name: str) -> list[str]:
        return self.program.all_lines(f"event {name} ")


def text_of(state: Any) -> str:
    """Equal where the states are: 1.0 is 1."""
    return canonical(json.loads(json.dumps(state)))


@pytest.fixture
def node() -> Iterator[Callable[..., Node]]:
    """node(where, name) → a program on roomcast.js."""
    with ExitStack() as stack:
        yield lambda *args: Node(stack.enter_context(Program(HERE / "clockwork.mjs", *args, typed=True, by=("node",))))


def agree(room: roomcast.Room, programs: list[Marked | Node], *others: roomcast.Room) -> None:
    """At the next `mark`, all have the same state."""
    before = [len(one.marks) for one in programs]
    room.send("mark")
    pump_until(
        lambda: all(len(one.marks) > count for one, count in zip(programs, before, strict=True)),
        room,
        *others,
        within=MARGIN,
        what="all are at the mark",
    )
    assert {one.marks[count] for one, count in zip(programs, before, strict=True)} == {programs[0].marks[before[0]]}


def test_newcomers_in_both_languages_are_what_all_others_are(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., roomcast.Room],  # noqa: F811
    often: None,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    red, blue = enter("red"), enter("blue")
    first, second, page = Marked(red), Marked(blue), node(server.address(), "page")
    red.send("start")
    page.type("do light [0.3]")
    blue.send("light", 5.0)
    everyone: list[Marked | Node] = [first, second, page]
    pump_until(lambda: len(first.ticks) > 10 and first.exploded and page.count("ticked") > 10, red, blue, within=MARGIN)
    agree(red, everyone, blue)
    with_world(server, red, blue)
    green = enter("green")
    late = Marked(green)
    other = node(server.address(), "other")
    everyone += [late, other]
    page.type("do roll [7]")
    pump_until(
        lambda: late.loads == other.loads == 1 and len(late.exploded) == other.count("exploded") == 2,
        *(red, blue, green),
        within=MARGIN,
        what="the newcomers have loaded the world, and its bomb has exploded",
    )
    agree(red, everyone, blue, green)
    assert [list(one) for one in first.exploded] == [["page", "boom", [1, 2]], ["blue", "boom", [1, 2]]]
    assert page.events("desync") == other.events("desync") == []
    assert page.events("error") == other.events("error") == []


def test_timers_of_a_page_go_on_in_step_through_a_cut(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., roomcast.Room],  # noqa: F811
    node: Callable[..., Node],
) -> None:
    room = enter("python")
    with Dam(server.port) as dam:
        program, page = Marked(room), node(f"127.0.0.1:{dam.port}/dots", "page")
        page.type("do start")
        pump_until(lambda: page.count("ticked") > 3, room, within=MARGIN)
        dam.cut()
        room.send("roll", 1)
        ticks = len(program.ticks)
        pump_until(lambda: len(program.ticks) > ticks + 20, room)
        assert page.count("ticked") <= ticks + 2
        dam.mend()
        agree(room, [program, page])
        ticks = page.count("ticked")
        pump_until(lambda: page.count("ticked") > ticks + 5, room, within=MARGIN)  # it has asked for the time again
        agree(room, [program, page])


def test_what_a_page_alone_has_saved_a_program_in_python_loads(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., roomcast.Room],  # noqa: F811
    often: None,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    page = node(server.address(), "page")
    page.type("do start")
    page.type("do light [3600]")
    watching = enter("watching")  # without a world: it is not asked
    pump_until(lambda: page.count("ticked") > 5, watching, within=MARGIN)
    with_world(server, watching)
    room = enter("python")
    late = Marked(room)
    pump_until(lambda: late.loads == 1 and len(late.ticks) > 5, room, watching, within=MARGIN)
    agree(room, [late, page], watching)
    late_timers = room._inbox.timer_runner.timers
    assert late_timers is not None
    assert late_timers.count == 2


def test_what_a_program_in_python_alone_has_saved_a_page_loads(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., roomcast.Room],  # noqa: F811
    often: None,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    room = enter("python")
    program = Marked(room)
    room.send("start")
    room.send("light", 2.0)
    pump_until(lambda: len(program.ticks) > 5, room)
    with_world(server, room)
    page = node(server.address(), "page")
    pump_until(lambda: page.loads == 1 and page.count("exploded") == 1, room, within=MARGIN)
    agree(room, [program, page])


def test_after_a_restart_a_page_that_stayed_gives_its_world_to_newcomers(
    start_server: Callable[..., RunningServer],  # noqa: F811
    tmp_path: Path,
    node: Callable[..., Node],
) -> None:
    settings = {"keep": tmp_path / "rooms.db", "kept_entries": 20}
    server = start_server(**settings)  # noqa: F811
    with without_asking():
        page = node(server.address(), "page")
        page.type("do start")
        for by in range(40):
            page.type(f"do roll [{by}]")
        page.type("do mark")
        wait_for(lambda: len(page.marks) == 1, MARGIN, "the page has run all it sent")
        assert world_of(server) is None
        port = server.port
        server.stop()
    again = start_server(port=port, **settings)
    wait_for(lambda: bool(page.events("resumed")), MARGIN, "the page is back")
    with roomcast.join(again.address(), name="python") as room:
        late = Marked(room)
        pump_until(lambda: late.loads == 1 and len(late.ticks) > 5, room, within=MARGIN)
        agree(room, [late, page])
        assert late.rolled["page"] == sum(range(40))


def test_a_page_that_comes_later_cancels_a_timer_of_python(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., roomcast.Room],  # noqa: F811
    often: None,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    room = enter("python")
    program = Marked(room)
    room.send("start")
    room.send("light", 3600.0)
    pump_until(lambda: len(program.ticks) > 5, room)
    with_world(server, room)
    page = node(server.address(), "page")
    pump_until(lambda: page.loads == 1, room, within=MARGIN)
    tick, bomb = program.timers
    assert bomb[1:] == ["explode", ["python", "boom", [1, 2]], 0]
    assert page.timers() == [tick, bomb]
    page.type(f"do cancel [{bomb[0]}]")
    page.type(f"do cancel [{tick[0]}]")
    pump_until(lambda: not program.timers, room, within=MARGIN)
    agree(room, [program, page])
    assert page.timers() == []


def test_a_program_in_python_that_comes_later_cancels_a_timer_of_a_page(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., roomcast.Room],  # noqa: F811
    often: None,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    page = node(server.address(), "page")
    page.type("do light [3600]")
    page.type("do start")
    watching = enter("watching")
    pump_until(lambda: page.count("ticked") > 5, watching, within=MARGIN)
    with_world(server, watching)
    room = enter("python")
    late = Marked(room)
    pump_until(lambda: late.loads == 1, room, watching, within=MARGIN)
    bomb, tick = late.timers
    assert bomb[1:] == ["explode", ["page", "boom", [1, 2]], 0]
    assert page.timers() == [bomb, tick]
    for one in (bomb, tick):
        room.send("cancel", one[0])
    pump_until(lambda: not late.timers and not room.unacknowledged, room, watching, within=MARGIN)
    agree(room, [late, page], watching)
    assert page.timers() == []


def test_the_false_world_of_a_page_is_named(
    server: RunningServer,  # noqa: F811
    enter: Callable[..., roomcast.Room],  # noqa: F811
    often: None,  # noqa: F811
    node: Callable[..., Node],
) -> None:
    red, blue = enter("red"), enter("blue")
    programs = [Marked(red), Marked(blue)]
    page = node(server.address(), "mallory")
    told = notes(red, "desync")
    red.send("roll", 5)
    agree(red, [*programs, page], blue)
    page.type("lie")
    for _ in range(4):  # each is the one who sends all of it
        with_world_asked(server, red, blue)
    pump_until(lambda: bool(told), red, blue, within=MARGIN)
    ((_, _, who),) = told
    assert [one.id for one in who] == ["mallory"]
