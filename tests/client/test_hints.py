"""Silence that misleads: what is rarely meant is said, once, with what to write instead."""

from __future__ import annotations

import functools
import logging
import re
import types
from collections.abc import Callable
from typing import Any

import pytest

from roomcast.client.hints import ELSEWHERE, KINDS, meant_event
from roomcast.client.registration import EVENT_PARAMETERS
from roomcast.errors import BadArgument
from roomcast.help_topics import link
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulation import Simulation
from tests.programs import TOP


@pytest.fixture
def world() -> Simulation:
    return Simulation()


@pytest.fixture
def room(world: Simulation) -> SimulatedRoom:
    room = world.join("dots", "Ada")
    world.settle()
    return room


def hints(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Kind and sentence of each that was given; the sentence without its link."""
    mine = [record for record in caplog.records if record.name.startswith("roomcast.hints.")]
    assert {record.levelno for record in mine} <= {logging.WARNING}
    given = [(record.name.removeprefix("roomcast.hints."), record.getMessage()) for record in mine]
    assert all(sentence.endswith(f" {link(kind)}") for kind, sentence in given)
    return [(kind, sentence.removesuffix(f" {link(kind)}")) for kind, sentence in given]


# ---------------------------------------------------------------------- calls


def test_a_call_that_does_not_fit_says_what_is_missing_in_plain_words(room: SimulatedRoom) -> None:
    @room.everywhere
    def hi(who: Any, x: int, y: int) -> None: ...

    @room.everywhere
    def hop(dx: int, player: Any, dy: int) -> None: ...

    @room.everywhere
    def move(player: Any, dx: int, dy: int = 0, *, fast: bool = False) -> None: ...

    for call, says in [
        (lambda: hi(3, 4), r"missing: y \(if 'who' is to be who called, call it player: def hi\(player, x, y\)\)"),
        (lambda: hi(3), "the arguments are missing: x, y"),
        (lambda: hop(3, 4), r"dy \(if 'player' is to be who called, it comes first: def hop\(player, dx, dy\)\)"),
        (lambda: hi(1, 2, 3, 4), r"it takes 3 arguments \(who, x, y\), not 4"),
        (lambda: hi(1, "two", 3), "'x' is 'two', where a whole number is wanted"),
        (lambda: move(room.me, 3, 4), r"leave the player out: write move\(dx, dy\)"),
        (lambda: move(room.me, 3), r"leave the player out: write move\(dx, dy\)"),
        (lambda: move(3, player=room.me), r"leave the player out: write move\(dx, dy\)"),
        (lambda: move(dx=3, dz=4), "it has no parameter 'dz'"),
        (lambda: move(3, dx=4), "the argument 'dx' is given twice"),
        (lambda: move(3, fast="ten"), "'fast' is 'ten', where True or False is wanted"),
        (lambda: move(3.5), "'dx' is 3.5, where a whole number is wanted"),
        (lambda: move(None), "'dx' is None, where a whole number is wanted"),
    ]:
        with pytest.raises(BadArgument, match=says) as error:
            call()
        for word in ("msgspec", "Expected `", "at `$", "got `", "positional", "Struct", "NoneType"):
            assert word not in str(error.value)


def test_what_a_stranger_sends_amiss_is_said_in_the_same_words(world: Simulation, room: SimulatedRoom) -> None:
    errors: list[str] = []
    room.on("error")(lambda error: errors.append(error.message))

    @room.command("move")
    def move(player: Any, dx: int, dy: int = 0) -> None: ...

    alan = world.join("dots", "Alan")
    world.settle()
    for args in (("five",), (), (1, 2, 3), (1, [2])):
        alan.send("move", *args)
    alan.send("move", dz=1)
    world.settle()
    assert [message.rpartition(": ")[2] for message in errors[:3]] == [
        "'dx' is 'five', where a whole number is wanted",
        "dx",
        "it takes 2 arguments (dx, dy), not 3",
    ]
    assert len(errors) == 5
    assert not any("`" in message or "$" in message for message in errors)


# ---------------------------------------------------------------------- what is registered


class Game:
    def move(self, player: Any, dx: int) -> None: ...

    @classmethod
    def reset(cls, player: Any) -> None: ...

    @staticmethod
    def stop(player: Any) -> None: ...

    def __call__(self, player: Any) -> None: ...


def yields(player: Any) -> Any:
    yield player


async def waits(player: Any) -> None: ...


async def streams(player: Any) -> Any:
    yield player


@pytest.mark.parametrize(
    ("register", "says"),
    [
        (lambda room: room.everywhere(), "write @room.everywhere on the line above its def"),
        (lambda room: room.on(waits), 'room.on needs a name: write @room.on("join") above waits'),
        (lambda room: room.command(waits), 'room.command needs a name: write @room.command("move") above waits'),
        (lambda room: room.on("join", waits), "write @room.on('join') on the line above def"),
        (lambda room: room.command("hop", waits), "write @room.command('hop') on the line above def"),
    ],
)
def test_who_decorates_with_the_wrong_brackets_is_shown_the_right_ones(
    room: SimulatedRoom, register: Callable[[Any], object], says: str
) -> None:
    with pytest.raises(BadArgument, match=re.escape(says)):
        register(room)


WRONG: dict[str, tuple[Any, str]] = {
    "a method in the body of a class": (Game.move, r"move is a method, .*in __init__: self\.move = room\.everywhere"),
    "a classmethod": (Game.__dict__["reset"], "a classmethod belongs to its class"),
    "with yield": (yields, "yields has yield in it, so a call of it does nothing"),
    "async": (waits, r"waits is an async function, and pump\(\) does not wait for those"),
    "async with yield": (streams, "has yield in it"),
    "a partial of an async function": (functools.partial(waits), "async function"),
    "nothing": (None, r"takes a function, not None: write @room\..* on the line above its def"),
    "text": ("move", "takes a function, not 'move'"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize(
    "register",
    [
        lambda room, run: room.everywhere(run),
        lambda room, run: room.on("join")(run),
        lambda room, run: room.on("jump")(run),
        lambda room, run: room.command("jump")(run),
    ],
)
def test_what_cannot_run_is_refused_when_it_is_registered(
    room: SimulatedRoom, what: str, register: Callable[[Any, Any], object]
) -> None:
    run, says = WRONG[what]
    with pytest.raises(BadArgument, match=says):
        register(room, run)


@pytest.mark.parametrize("run", [lambda player: None, functools.partial(print, "x"), Game()])
def test_what_has_no_name_cannot_be_called_everywhere(room: SimulatedRoom, run: Any) -> None:
    with pytest.raises(BadArgument, match=r"needs a function that has a name.*room\.command"):
        room.everywhere(run)
    room.command("jump")(run)


def test_a_function_is_called_everywhere_once(room: SimulatedRoom) -> None:
    @room.everywhere
    def move(player: Any) -> None: ...

    with pytest.raises(BadArgument, match=r"write @room\.everywhere once"):
        room.everywhere(move)


def test_bound_methods_and_static_ones_are_called_everywhere(world: Simulation, room: SimulatedRoom) -> None:
    ran: list[Any] = []

    class Board:
        def __init__(self) -> None:
            self.draw = room.everywhere(self.draw)  # type: ignore[method-assign]

        def draw(self, player: Any, what: str) -> None:
            ran.append((player.id, what))

        @room.everywhere
        @staticmethod
        def wipe(player: Any) -> None:
            ran.append("wipe")

    board = Board()
    board.draw("line")
    Board.wipe()
    room.everywhere(Game.stop)
    room.everywhere(Game().reset)
    world.settle()
    assert ran == [("Ada", "line"), "wipe"]


@pytest.mark.parametrize(
    ("event", "run"),
    [
        ("join", lambda: None),
        ("join", lambda player, more: None),
        ("set", lambda player: None),
        ("error", lambda: None),
        ("desync", lambda seq: None),
        ("closed", lambda why, more: None),
        ("skipped", lambda first: None),
    ],
)
def test_a_handler_that_cannot_take_what_its_event_gives_is_refused(room: SimulatedRoom, event: str, run: Any) -> None:
    with pytest.raises(BadArgument, match=rf'room\.on\("{event}"\): .* is called with \d arguments?: def f\('):
        room.on(event)(run)


def test_handlers_may_take_more_than_they_are_given(room: SimulatedRoom) -> None:
    room.on("join")(lambda *args: None)
    room.on("join")(lambda player, more=1: None)
    room.on("join")(print)
    room.on("set")(functools.partial(print, "set"))


def test_on_without_a_name_says_to_give_one(room: SimulatedRoom) -> None:
    with pytest.raises(BadArgument, match=r'write @room\.on\("join"\) above appear'):

        @room.on  # type: ignore[call-overload]
        def appear(player: Any) -> None: ...


# ---------------------------------------------------------------------- names


@pytest.mark.parametrize("typed", ["jion", "Join", "joinn", "jon", "on_join", "joined"])
def test_a_misspelt_event_is_said_once_with_the_one_that_is_meant(
    room: SimulatedRoom, caplog: pytest.LogCaptureFixture, typed: str
) -> None:
    for _ in range(3):
        room.on(typed)(lambda player: None)
    ((kind, sentence),) = hints(caplog)
    assert kind == "event-name"
    assert f'room.on("{typed}"): there is no event' in sentence
    assert 'write room.on("join")' in sentence


def test_roomcast_js_knows_the_same_events_of_other_libraries() -> None:
    source = (TOP / "src" / "roomcast" / "js" / "nearest.js").read_text(encoding="utf-8")
    (table,) = re.findall(r"const ELSEWHERE = new Set\(\[(.*?)\]\);", source, re.DOTALL)
    assert set(re.findall(r'"(\w+)"', table)) == ELSEWHERE


@pytest.mark.parametrize("word", ["click", "onClick", "key_down", "connect", "player_joined"])
def test_an_event_of_another_library_is_said_once_with_those_that_a_room_has(
    room: SimulatedRoom, caplog: pytest.LogCaptureFixture, word: str
) -> None:
    for _ in range(3):
        room.on(word)(lambda player: None)
    ((kind, sentence),) = hints(caplog)
    assert kind == "event-name"
    assert f"there is no event {word!r}" in sentence
    assert f"events are {', '.join(EVENT_PARAMETERS)}; " in sentence
    assert sentence.endswith(f'For a command write room.command("{word}")')


def test_a_command_is_hinted_at_by_neither_its_own_decorator_nor_a_common_word(
    room: SimulatedRoom, caplog: pytest.LogCaptureFixture
) -> None:
    room.command("click")(lambda player: None)
    for word in ("move", "message", "ready", "start", "say", "left"):
        room.on(word)(lambda player: None)
    assert hints(caplog) == []


@pytest.mark.parametrize("word", ["coin", "black", "close", "resume", "move", "get", "post", "say", "hit", "x", "pack"])
def test_words_that_are_near_an_event_and_mean_something_are_commands(word: str) -> None:
    assert meant_event(word) is None


def test_a_command_that_nobody_registered_is_said_once_with_the_nearest_name(
    world: Simulation, room: SimulatedRoom, caplog: pytest.LogCaptureFixture
) -> None:
    room.command("move")(lambda player: None)
    room.command("jump")(lambda player: None)
    alan = world.join("dots", "Alan")
    for _ in range(3):
        room.send("mvoe")
        room.send("hello")  # to the others, who may have a function for it
        alan.send("quack")
    world.settle()
    (kind, near), (_, far) = sorted(hints(caplog))
    assert kind == "unknown-command"
    assert near == "Ada has called 'mvoe', for which no function is registered here: was 'move' meant?"
    assert far == (
        "Alan has called 'quack', for which no function is registered here, so nothing happens: "
        "write @room.everywhere above def quack(…)"
    )
    for number in range(100):
        alan.send(f"quack{number}")
    world.settle()
    assert len(hints(caplog)) == 20, "strangers cannot fill a terminal"


def test_who_has_no_functions_for_commands_is_told_nothing(
    world: Simulation, room: SimulatedRoom, caplog: pytest.LogCaptureFixture
) -> None:
    room.on("join")(lambda player: None)
    room.send("quack")
    world.settle()
    assert hints(caplog) == []


def test_each_kind_can_be_silenced(room: SimulatedRoom, caplog: pytest.LogCaptureFixture) -> None:
    loggers = [logging.getLogger(f"roomcast.hints.{kind}") for kind in KINDS]
    for logger in loggers:
        logger.disabled = True
    try:
        room.on("jion")(lambda player: None)
    finally:
        for logger in loggers:
            logger.disabled = False
    assert hints(caplog) == []


# ---------------------------------------------------------------------- one name twice


def compiled(source: str, file: str, **names: Any) -> types.ModuleType:
    """Run some source as a module does, or a cell of a notebook."""
    module = types.ModuleType("__main__")
    module.__dict__.update(names)
    exec(compile(source, file, "exec"), module.__dict__)  # noqa: S102
    return module


CELL = """
@room.everywhere
def move(player, dx):
    ran.append(("old", dx))

@room.on("join")
def appear(player):
    ran.append(("old", player.id))

@room.check
def state():
    return 1
"""


def test_a_cell_that_is_run_again_replaces_what_it_registered(
    world: Simulation, room: SimulatedRoom, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[Any] = []
    compiled(CELL, "<cell 1>", room=room, ran=ran)
    compiled(CELL, "<cell 1>", room=room, ran=ran)
    cell = compiled(CELL.replace("old", "new"), "<cell 2>", room=room, ran=ran)
    cell.move(5)
    world.join("dots", "Alan")
    world.settle()
    assert len(room._inbox.checks.states) == 1
    assert sorted(ran, key=str) == [("new", "Alan"), ("new", 5)]
    assert hints(caplog) == []


def test_two_functions_of_one_name_in_one_file_are_said_and_the_second_is_used(
    world: Simulation, room: SimulatedRoom, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[Any] = []
    program = compiled(CELL + CELL.replace("old", "new"), "game.py", room=room, ran=ran)
    program.move(5)
    world.settle()
    assert ran == [("new", 5)]
    assert [sentence for _, sentence in hints(caplog)] == [
        "room.everywhere: two functions are called move, and only the second is used: rename one of them",
        'room.on("join"): two functions are called appear, and only the second is used: rename one of them',
    ]


def test_objects_that_register_a_method_of_one_name_each_are_said(
    world: Simulation, room: SimulatedRoom, caplog: pytest.LogCaptureFixture
) -> None:
    moved: list[int] = []

    class Sprite:
        def __init__(self, number: int) -> None:
            self.number = number
            self.move = room.everywhere(self.move)  # type: ignore[method-assign]

        def move(self, player: Any) -> None:
            moved.append(self.number)

    sprites = [Sprite(number) for number in range(3)]
    sprites[0].move()
    world.settle()
    assert moved == [0, 1, 2]
    assert [kind for kind, _ in hints(caplog)] == ["same-name"]


def test_functions_that_one_def_makes_several_times_are_several(
    world: Simulation, room: SimulatedRoom, caplog: pytest.LogCaptureFixture
) -> None:
    ran: list[Any] = []
    source = """
for number in range(3):
    @room.command("tick")
    def tick(number=number):
        ran.append(number)

@room.command("tick")
def _():
    ran.append("one")

@room.command("tick")
def _():
    ran.append("two")
room.command("tick")(lambda: ran.append("three"))
room.command("tick")(lambda: ran.append("four"))
"""
    compiled(source, "game.py", room=room, ran=ran)
    room.send("tick")
    world.settle()
    assert ran == [0, 1, 2, "one", "two", "three", "four"]
    assert hints(caplog) == []


# ---------------------------------------------------------------------- players in step


def test_players_are_there_when_their_join_has_run(world: Simulation) -> None:
    for name in ("Ada", "Alan", "Joan"):
        world.join("dots", name)
    world.settle()
    late = world.join("dots", "Late")
    places: dict[str, int] = {}
    seen: list[list[str]] = []

    @late.on("join")
    def appear(player: Any) -> None:
        assert player in late.players
        places[player.id] = 0
        seen.append([one.id for one in late.players])
        assert set(seen[-1]) == set(places), "a draw in here finds a place for each"
        assert len(late.players) == len(places)

    late.on("hello")(lambda: None)
    world.settle()
    assert seen == [["Ada"], ["Ada", "Alan"], ["Ada", "Alan", "Joan"], ["Ada", "Alan", "Joan", "Late"]]


def test_without_a_function_for_join_players_are_there_at_once(world: Simulation) -> None:
    world.join("dots", "Ada")
    world.settle()
    late = world.join("dots", "Late")
    replica = late._replica
    world.run(5)
    assert [one.id for one in late.players] == ["Ada", "Late"]
    replica.unannounced.add("Ada")
    assert late.players.get("Ada") is not None
    late.on("join")(lambda player: None)
    assert late.players.get("Ada") is None
    with pytest.raises(KeyError):
        late.players["Ada"]
    assert [one.id for one in late.players] == ["Late"]
    assert "Ada" not in late.players
    assert repr(late.players) == "<players: Late>"
