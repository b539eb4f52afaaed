"""Text that is no number: whatever a stranger sends, a function is given a number that is one, or nothing."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Literal, NamedTuple, TypedDict

import msgspec
import pytest

from roomcast.client.functions import ArgumentMismatch, Function
from roomcast.core.protocol.limits import MAX_DIGITS
from roomcast.errors import BadArgument
from roomcast.testing.simulation import Simulation

NONE = ("nan", "NaN", "-nan", "+nan", "inf", "-inf", "Infinity", "-Infinity", "infinity", "iNf", "1e400", "-1e400")
NO_NUMBER = (
    *NONE,
    "١٢",
    " 5 ",
    "5 ",
    "0x10",
    "0b1",
    "0o7",
    "1_000",
    "1e",
    "e5",
    ".",
    "",
    "5,0",
    "--5",
    "½",
    "五",
    "true",
)
WHOLE = ("5", "-5", "0", "-0", "5.0", "1e5")


@dataclasses.dataclass
class Spot:
    x: float


@dataclasses.dataclass(slots=True)
class Slotted:
    x: float
    label: str = ""


class Struct(msgspec.Struct):
    x: float


class Pair(NamedTuple):
    x: float
    y: float = 0.0


class Typed(TypedDict):
    x: float


HINTS: dict[str, tuple[Any, str]] = {
    "float": (float, "{}"),
    "float | None": (float | None, "{}"),
    "int | float": (int | float, "{}"),
    "float | list[float]": (float | list[float], "[{}]"),
    "Decimal": (Decimal, "{}"),
    "list[float]": (list[float], "[1, {}]"),
    "list[list[float]]": (list[list[float]], "[[], [{}]]"),
    "tuple[float, float]": (tuple[float, float], "[{}, 1]"),
    "tuple[float, ...]": (tuple[float, ...], "[{}]"),
    "set[float]": (set[float], "[{}]"),
    "frozenset[float]": (frozenset[float], "[{}]"),
    "dict[str, float]": (dict[str, float], '{{"a": {}}}'),
    "dict[float, int]": (dict[float, int], "{{{}: 1}}"),
    "dict[str, list[float]]": (dict[str, list[float]], '{{"a": [{}]}}'),
    "dataclass": (Spot, '{{"x": {}}}'),
    "dataclass with slots": (Slotted, '{{"x": {}}}'),
    "list[dataclass]": (list[Spot], '[{{"x": {}}}]'),
    "Struct": (Struct, '{{"x": {}}}'),
    "NamedTuple": (Pair, "[{}, 1]"),
    "TypedDict": (Typed, '{{"x": {}}}'),
}


def function_of(hint: Any, kind: str = "plain") -> Function:
    def plain(x: Any) -> Any: ...

    def by_name(*, x: Any) -> Any: ...

    def rest(*x: Any) -> Any: ...

    def optional(x: Any = None) -> Any: ...

    run: Callable[..., Any] = {"plain": plain, "by name": by_name, "rest": rest, "optional": optional}[kind]
    run.__annotations__["x"] = hint
    return Function(run, "act")


def read(function: Function, argument: str, *, by_name: bool = False) -> Any:
    args, named = function.read(msgspec.Raw((f'{{"x": {argument}}}' if by_name else f"[{argument}]").encode()))
    return named["x"] if by_name else args[0]


@pytest.mark.parametrize("text", NONE)
@pytest.mark.parametrize("hint", HINTS)
def test_text_that_stands_for_no_number_is_a_misfit_for_every_hint_with_a_float_in_it(hint: str, text: str) -> None:
    kind, shape = HINTS[hint]
    if kind is Decimal and text.endswith("1e400"):
        text = text.replace("400", "999")
    for place in ("plain", "by name", "rest", "optional"):
        function = function_of(kind, place)
        with pytest.raises(ArgumentMismatch, match=r"^act\(.*\) does not fit act\(.*: .* is wanted$"):
            read(function, shape.format(f'"{text}"'), by_name=place == "by name")


@pytest.mark.parametrize("hint", HINTS)
def test_numbers_and_text_of_numbers_still_come(hint: str) -> None:
    kind, shape = HINTS[hint]
    for text in ('"5"', '"-2.5e3"', '"0.0000001"', '"1.7976931348623157e308"'):
        read(function_of(kind), shape.format(text))


@pytest.mark.parametrize("text", NO_NUMBER)
@pytest.mark.parametrize("hint", [int, int | None, Literal[1, 5], list[int]])
def test_text_that_is_no_whole_number_is_a_misfit(hint: Any, text: str) -> None:
    with pytest.raises(ArgumentMismatch):
        read(function_of(hint), f'["{text}"]' if hint == list[int] else f'"{text}"')


@pytest.mark.parametrize("value", ["true", "false", "null", "[]", "{}", "[1]", '"5.5"', "5.5", '"ten"'])
def test_what_is_no_whole_number_is_a_misfit(value: str) -> None:
    with pytest.raises(ArgumentMismatch):
        read(function_of(int), value)


@pytest.mark.parametrize("value", ["true", '"true"', "null", "[1]"])
def test_truth_is_no_number(value: str) -> None:
    with pytest.raises(ArgumentMismatch):
        read(function_of(float), value)


def test_whole_numbers_come_from_text_as_starter_clients_send_it() -> None:
    assert [read(function_of(int), f'"{text}"') for text in WHOLE] == [5, -5, 0, 0, 5, 100_000]


@pytest.mark.parametrize("hint", [int, int | None, int | str, list[int], Any])
@pytest.mark.parametrize("digits", [MAX_DIGITS + 1, 4299, 4301, 60_000])
def test_a_number_with_more_digits_than_one_may_send_is_a_misfit_in_text_as_well(hint: Any, digits: int) -> None:
    number = "7" * digits
    shape = "[{}]" if hint == list[int] else "{}"
    for written in (number, f"-{number}", f'"{number}"'):
        if hint in (Any, int | str) and written.startswith('"'):
            continue
        with pytest.raises(ArgumentMismatch) as error:
            read(function_of(hint), shape.format(written))
        assert len(str(error.value)) < 400
    assert read(function_of(hint), shape.format("7" * MAX_DIGITS)) in (int("7" * MAX_DIGITS), [int("7" * MAX_DIGITS)])


def test_ones_own_call_with_such_a_text_is_refused_where_it_is_made() -> None:
    for hint in (float, list[float]):
        with pytest.raises(BadArgument, match=r"'x' is .*nan.*, where .* is wanted"):
            function_of(hint).bind(("nan",) if hint is float else (["nan"],), {})


def test_a_strangers_text_is_an_error_event_and_check_goes_on() -> None:
    simulation = Simulation()
    rooms = [simulation.join("dots", name) for name in ("Ada", "Alan")]
    simulation.settle()
    moves: list[float] = []
    errors: list[str] = []
    states: list[list[Any]] = [[], []]
    for room, state in zip(rooms, states, strict=True):

        @room.on("move")
        def move(player: Any, dx: float, dy: float) -> None:
            moves.extend([dx, dy])

        @room.on("keep")
        def keep(value: Any, state: Any = state) -> None:
            state.append(value)

        room.on("error")(lambda error: errors.append(error.message))
    rooms[1].check(lambda: states[1], every=1)
    stranger = rooms[0]
    stranger._handlers.commands.pop("move")  # it sends what its own function would not take
    stranger._handlers.commands.pop("keep")
    deep: Any = 1
    for _ in range(199):
        deep = [deep]
    for values in (("nan", "0"), ("0", "Infinity"), ("1e400", 0)):
        stranger.send("move", *values)
    stranger.send("keep", deep)
    stranger._core.do("keep", msgspec.Raw(b"[%s]" % (b"8" * MAX_DIGITS)), None, 0.0)
    stranger._core.do("keep", msgspec.Raw(b"[%s1%s]" % (b"[" * 250, b"]" * 250)), None, 0.0)
    stranger.send("keep", "NaN")
    stranger.send("move", "1", 2)
    simulation.settle()
    assert moves == [1.0, 2.0]
    assert all(map(math.isfinite, moves))
    assert len(errors) == 3
    assert all("from Ada: move(" in error for error in errors)
    assert len(states[1]) == 4
    assert rooms[1]._inbox.checks.states, "it is still compared"
