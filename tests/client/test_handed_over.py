"""Whatever a program hands over is checked and encoded at the call: wrong values are `BadArgument`, nothing dies later.

One table of calls, one of values that are wrong for them, one of unusual values that are right.
"""

from __future__ import annotations

import collections
import dataclasses
import decimal
import enum
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

import roomcast
from roomcast.client.game import Room
from roomcast.errors import BadArgument
from roomcast.testing.simulated_room import SimulatedRoom
from roomcast.testing.simulation import Simulation


class Suit(enum.IntEnum):
    HEARTS = 1


class Word(enum.StrEnum):
    HELLO = "hello"


class Plain(enum.Enum):
    ONE = 1


class Flag(enum.Flag):
    UP = 1


class Name(str):
    __slots__ = ()


class Big(int):
    pass


class Float64(float):
    """As numpy has one."""

    def tolist(self) -> float:
        return float(self)


class Array:
    """As numpy's: equal to nothing in particular, and no truth."""

    def __eq__(self, other: object) -> Any:
        return self

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        raise ValueError("the truth value of an array is ambiguous")

    def tolist(self) -> list[int]:
        return []


class Unshowable:
    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Pair(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Point:
    x: int = 0


def cyclic_list() -> list[Any]:
    value: list[Any] = []
    value.append(value)
    return value


def cyclic_dict() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["again"] = [value]
    return value


def deep(levels: int) -> Any:
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


def doubled() -> Any:
    """Forty lists, in which are 2**40 values."""
    value: Any = []
    for _ in range(40):
        value = [value, value]
    return value


def released() -> memoryview:
    view = memoryview(bytearray(b"x"))
    view.release()
    return view


HALF = "\ud83d"

NO_JSON: dict[str, Any] = {
    "half a character": HALF,
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "65 bits": 2**63,
    "a huge number": 10**5000,
    "a Decimal": decimal.Decimal("1.5"),
    "a number like numpy's": Float64(1.5),
    "an array like numpy's": Array(),
    "an IntEnum": Suit.HEARTS,
    "a StrEnum": Word.HELLO,
    "an Enum": Plain.ONE,
    "a Flag": Flag.UP,
    "a subclass of str": Name("x"),
    "a subclass of int": Big(3),
    "a named tuple": Pair(1, 2),
    "a dataclass": Point(1),
    "a dataclass itself": Point,
    "a set": {1},
    "a frozenset": frozenset({1}),
    "a generator": (one for one in "ab"),
    "a range": range(3),
    "keys of a dict": {"a": 1}.keys(),
    "a defaultdict": collections.defaultdict(int, a=1),
    "a Counter": collections.Counter("aab"),
    "a deque": collections.deque([1]),
    "an object": object(),
    "an object without a repr": Unshowable(),
    "a function": len,
    "a module": math,
    "an exception": ValueError("x"),
    "Ellipsis": ...,
    "a complex number": 1j,
    "a cyclic list": cyclic_list(),
    "a cyclic dict": cyclic_dict(),
    "a deep list": deep(300),
    "a list deeper than any stack": deep(100_000),
    "few lists that hold very many": doubled(),
    "keys that are numbers": {1: 2},
    "keys that are None": {None: 2},
    "keys that are tuples": {(1, 2): 3},
    "keys of an enum": {Word.HELLO: 1},
    "keys of a huge number": {10**5000: 1},
    "a key with half a character": {HALF: 1},
    "bytes in a list": [b"x"],
    "a set in a dict": {"a": {1}},
    "a player in a list": "PLAYER",  # replaced by one
}

GOOD: dict[str, Any] = {
    "None": None,
    "True": True,
    "no text": "",
    "NUL and line ends": "a\x00b\r\nc\u2028d\x85",
    "text that looks like JSON": '{"t":"bye"}\n[1]',
    "emoji of several characters": "👩‍👩‍👧‍👦",
    "right to left": "\u202eabc",
    "64 bits": 2**63 - 1,
    "minus 64 bits": -(2**63),
    "minus zero": -0.0,
    "the smallest number": 5e-324,
    "the largest number": 1.7976931348623157e308,
    "a tuple": (1, (2, ())),
    "empty ones": [[], {}, ()],
    "an empty key": {"": {"": ""}},
    "a key like another's method": {"__proto__": 1, "constructor": 2},
    "deep": deep(150),
    "the same list twice": [[1]] * 2,
}


@pytest.fixture(scope="module")
def world() -> Simulation:
    return Simulation()


@pytest.fixture(scope="module")
def room(world: Simulation) -> SimulatedRoom:
    room = world.join("dots", "Ada")
    world.join("dots", "Alan")
    world.settle()

    @room.everywhere
    def act(player: Any, first: Any = None, *rest: Any, **named: Any) -> None: ...

    @room.everywhere
    def exact(first: Any) -> None: ...

    room.state["calls"] = 0
    room.act, room.exact = act, exact
    return room


SENDS: dict[str, Callable[[Any, Any], object]] = {
    "send": lambda room, value: room.send("act", value),
    "send, second": lambda room, value: room.send("unknown", 1, value),
    "send, by name": lambda room, value: room.send("unknown", x=value),
    "send, to one": lambda room, value: room.send("act", value, to="Alan"),
    "send, with bytes": lambda room, value: room.send("unknown", value, b"bytes"),
    "a function": lambda room, value: room.act(value),
    "a function, by name": lambda room, value: room.exact(first=value),
    "a function, any name": lambda room, value: room.act(other=value),
    "a function, the rest": lambda room, value: room.act(1, 2, value),
    "in a list": lambda room, value: room.exact([value]),
    "in a dict": lambda room, value: room.exact({"a": value}),
    "room.state": lambda room, value: room.state.__setitem__("x", value),
    "room.me": lambda room, value: room.me.__setitem__("x", value),
    "room.state.update": lambda room, value: room.state.update({"x": value}),
    "room.state.update, by name": lambda room, value: room.state.update(x=value),
    "room.me.merge": lambda room, value: room.me.merge({"x": value}),
    "room.me.merge, deep": lambda room, value: room.me.merge({"x": {"y": value}}),
}


@pytest.mark.parametrize("call", SENDS)
@pytest.mark.parametrize("what", NO_JSON)
def test_what_json_cannot_carry_is_refused_at_every_call(
    room: SimulatedRoom, world: Simulation, call: str, what: str
) -> None:
    value = [room.me] if what == "a player in a list" else NO_JSON[what]
    before = room.unacknowledged, room._core.outbox.n
    with pytest.raises(BadArgument) as error:
        SENDS[call](room, value)
    assert len(str(error.value)) < 400
    assert (room.unacknowledged, room._core.outbox.n) == before, "nothing was taken"


@pytest.mark.parametrize("call", SENDS)
def test_bytes_are_an_argument_of_their_own_and_no_state(room: SimulatedRoom, world: Simulation, call: str) -> None:
    for value in (b"x", bytearray(b"x"), memoryview(b"x")):
        if ".me" in call or ".state" in call or "in a" in call:
            with pytest.raises(BadArgument, match="is bytes, which JSON cannot carry"):
                SENDS[call](room, value)
        else:
            SENDS[call](room, value)
    with pytest.raises(BadArgument):
        SENDS[call](room, released())
    world.settle()


@pytest.mark.parametrize("call", SENDS)
@pytest.mark.parametrize("what", GOOD)
def test_unusual_values_that_json_carries_are_taken(
    room: SimulatedRoom, world: Simulation, call: str, what: str
) -> None:
    if "in a " in call and what == "deep":
        return
    before = room.seq
    SENDS[call](room, GOOD[what])
    world.settle()
    assert room.seq > before, "it has come back"


# ---------------------------------------------------------------------- names, players, functions, numbers

NO_TEXT: dict[str, Any] = {
    "None": None,
    "bytes": b"red",
    "a number": 5,
    "True": True,
    "a list": ["red"],
    "a dict": {"red": 1},
    "a set": {"red"},
    "an array": Array(),
    "an Enum": Plain.ONE,
    "a class": str,
    "an object without a repr": Unshowable(),
    "half a character": HALF,
    "NUL": "a\x00b",
    "a line end": "a\nb",
    "a blank that cannot be seen": "a\u200bb",
    "too long": "x" * 65,
}
BLANK = {"none at all": "", "blanks": "   "}
COMMAND = {"two words": "move left", "an event": "join", "pieces": "roomcast:parcel", "not composed": "e\u0301"}
NO_SECONDS: dict[str, Any] = {
    "None": None,
    "NaN": math.nan,
    "text": "5",
    "bytes": b"5",
    "a list": [5],
    "True": True,
    "an array": Array(),
    "complex": 1j,
}
NO_COUNT = {"zero": 0, "negative": -3, "a float": 2.0, "NaN": math.nan, "text": "5", "None": None, "True": True}
NO_FUNCTION: dict[str, Any] = {"None": None, "a number": 5, "text": "move", "a list": [], "its result": math.sqrt(4)}
NO_AUDIENCE: dict[str, Any] = {
    "bytes": b"red",
    "a number": 5,
    "True": True,
    "None in a list": [None],
    "a number in a list": ["Ada", 5],
    "a list in a list": [["Ada"]],
    "bytes in a list": [b"red"],
    "a generator of numbers": (one for one in [1]),
    "no id": "",
    "no id in a list": [""],
    "half a character": HALF,
    "half a character in a set": {HALF},
    "an object": object(),
    "an array": Array(),
    "a class": str,
    "one without an end": iter(lambda: "Ada", None),
}
NO_MAPPING: dict[str, Any] = {"None": None, "a number": 5, "text": "ab", "a list": [1], "bytes": b"x", "a set": {"a"}}


CALLS: dict[str, tuple[Callable[[Any, Any], object], dict[str, Any]]] = {
    "join, where": (lambda room, value: roomcast.join(value), NO_TEXT | BLANK),
    "join, name": (lambda room, value: roomcast.join("127.0.0.1:1/dots", value), NO_TEXT | {"blanks": "  "}),
    "join, timeout": (lambda room, value: roomcast.join("h:1/dots", timeout=value), NO_SECONDS),
    "join, network": (
        lambda room, value: roomcast.join("h:1/dots", network=value),
        {"text": "x", "an object": object()},
    ),
    "connect, where": (lambda room, value: roomcast.connect(value), NO_TEXT | BLANK),
    "connect, name": (lambda room, value: roomcast.connect("127.0.0.1:1/dots", value), NO_TEXT | {"blanks": "  "}),
    "connect, timeout": (lambda room, value: roomcast.connect("h:1/dots", timeout=value), NO_SECONDS),
    "connect, network": (lambda room, value: roomcast.connect("h:1/d", network=value), {"text": "x"}),
    "host, room": (lambda room, value: roomcast.host(value, port=0), NO_TEXT | BLANK | {"a slash": "a/b"}),
    "host, name": (lambda room, value: roomcast.host("dots", value, port=0), NO_TEXT | {"blanks": "  "}),
    "host, port": (
        lambda room, value: roomcast.host("dots", port=value),
        {"text": "80", "negative": -1, "too high": 65536, "None": None, "a float": 80.0, "True": True},
    ),
    "host, starter port": (lambda room, value: roomcast.host("dots", port=0, starter_port=value), {"text": "80"}),
    "host, bind": (lambda room, value: roomcast.host("dots", port=0, bind=value), {"None": None, "bytes": b"h"}),
    "host, limits": (lambda room, value: roomcast.host("dots", port=0, limits=value), {"a dict": {"rate": 1}, "5": 5}),
    "host, show": (lambda room, value: roomcast.host("dots", port=0, show=value), {"True": True}),
    "send, name": (lambda room, value: room.send(value), NO_TEXT | BLANK | COMMAND),
    "on, name": (
        lambda room, value: room.on(value)(print),
        {key: value for key, value in (NO_TEXT | BLANK | COMMAND).items() if key != "an event"},
    ),
    "on, function": (lambda room, value: room.on("join")(value), NO_FUNCTION),
    "on a command, function": (lambda room, value: room.on("jump")(value), NO_FUNCTION),
    "everywhere": (lambda room, value: room.everywhere(value), NO_FUNCTION),
    "check, state": (lambda room, value: room.check(value), NO_FUNCTION | {"a dict": {}}),
    "check, every": (lambda room, value: room.check(dict, every=value), NO_COUNT),
    "send, to": (lambda room, value: room.send("hi", to=value), NO_AUDIENCE),
    "update": (lambda room, value: room.state.update(value), NO_MAPPING),
    "merge": (lambda room, value: room.state.merge(value), NO_MAPPING | {"pairs": [("a", 1)]}),
    "a key": (
        lambda room, value: room.state.__setitem__(value, 1),
        {"None": None, "a number": 5, "bytes": b"x", "an enum": Word.HELLO, "half a character": HALF, "a tuple": (1,)},
    ),
    "a key to delete": (lambda room, value: room.me.__delitem__(value), {"None": None, "5": 5, "half": HALF}),
    "a keyword": (lambda room, value: room.send("hi", **{value: 1}), {"half a character": HALF}),
}


@pytest.mark.parametrize(("call", "what"), [(call, what) for call in CALLS for what in CALLS[call][1]])
def test_a_wrong_value_of_any_kind_is_refused_at_the_call(room: SimulatedRoom, call: str, what: str) -> None:
    run, values = CALLS[call]
    before = room._core.outbox.n
    with pytest.raises(BadArgument) as error:
        run(room, values[what])
    assert str(error.value).isprintable(), "it is shown in a terminal"
    assert room._core.outbox.n == before


def test_a_player_of_another_room_is_nobody_here(world: Simulation, room: SimulatedRoom) -> None:
    other = world.join("other", "Alan")
    world.settle()
    for to in (other.me, [other.me], {other.me}):
        with pytest.raises(BadArgument, match="a player of another room: take those of room"):
            room.send("hi", to=to)


@pytest.mark.parametrize(
    "to",
    [
        lambda room: room.players,
        lambda room: (one for one in room.players),
        lambda room: {one.id for one in room.players},
        lambda room: set(room.players),
        lambda room: ("Alan", room.me),
        lambda room: {"Alan": 1},
        lambda room: iter(["Alan"]),
        lambda room: Name("Alan"),
        lambda room: "nobody of that name",
        lambda room: [],
    ],
)
def test_an_audience_may_be_anything_that_gives_players(world: Simulation, room: SimulatedRoom, to: Any) -> None:
    before = room._core.outbox.n
    room.send("hi", to=to(room))
    world.settle()
    assert room._core.outbox.n == before + 1
    assert not room.unacknowledged


def test_names_from_an_enum_are_the_texts_that_they_stand_for(world: Simulation, room: SimulatedRoom) -> None:
    seen: list[object] = []
    room.on(Word.HELLO)(lambda: seen.append(1))
    room.send(Word.HELLO)
    world.settle()
    assert seen == [1]


# ---------------------------------------------------------------------- pump, which needs a real room


@pytest.fixture
def hosted() -> Iterator[Room]:
    with roomcast.host("dots", port=0, quiet=True, announce=False, bind="127.0.0.1") as room:
        yield room


def test_pump_takes_seconds(hosted: Room) -> None:
    for what, value in NO_SECONDS.items():
        if value is not None:
            with pytest.raises(BadArgument, match="is a number of seconds"):
                hosted.pump(wait=value)
            with pytest.raises(BadArgument, match="is a number of seconds"):
                hosted.pump(budget=value)
        assert what
    hosted.send("hi")
    hosted.pump(wait=math.inf, budget=math.inf)
    hosted.pump(wait=decimal.Decimal("0.01"), budget=Float64(0.1))  # type: ignore[arg-type]


# ---------------------------------------------------------------------- nothing is read after the call


def test_what_was_set_or_sent_stays_as_it_was_at_the_call_also_where_it_is_written_later() -> None:
    simulation = Simulation()
    ada, alan = simulation.join("dots", "Ada"), simulation.join("dots", "Alan")
    simulation.settle()
    states: list[Any] = []
    bags: list[Any] = []
    alan.on("set")(lambda player, patch: states.append(patch))
    alan.on("bag")(lambda bag, deep: bags.append((bag, deep)))
    simulation.faults.drop(ada)  # what is sent now is written to another connection later
    bag: list[Any] = []
    inner: dict[str, Any] = {"bag": bag}
    data = bytearray(b"0")
    for step in range(3):
        bag.append(step)
        data[0] = step
        ada.state["bag"] = bag
        ada.me.update(inner)
        ada.state.merge({"deep": inner})
        ada.send("bag", bag, inner)
    bag.append(object())  # nothing could encode that
    inner[1] = bag  # type: ignore[index]
    simulation.run(30)
    simulation.settle()
    wanted = [[0], [0, 1], [0, 1, 2]]
    assert not ada.closed
    assert not ada.unacknowledged
    assert bags == [(one, {"bag": one}) for one in wanted]
    assert states == [patch for one in wanted for patch in ({"bag": one}, {"bag": one}, {"deep": {"bag": one}})]
    assert ada.me["bag"] == ada.state["bag"] == [0, 1, 2]
