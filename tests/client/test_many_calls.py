"""What a client remembers of earlier calls and commands: it saves time, and changes nothing."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Annotated, Any, Literal

import msgspec
import pytest

from roomcast.client import handlers
from roomcast.client.functions import Function
from roomcast.errors import BadArgument
from roomcast.testing.simulation import Simulation


class Text(str):
    """A program's own kind of text."""

    __slots__ = ()


VALUES = (
    *(0, 5, -(2**63), 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 10**400),
    *(True, False, None),
    *(0.5, -0.0, 1e308, math.nan, math.inf, -math.inf),
    *("", "a", "5", "nan", "9" * 400, "\ud83d", Text("a")),
    *(b"a", [1], {"a": 1}, {1}),
)


def anything(a, b=0):  # type: ignore[no-untyped-def]
    """Without hints."""


def whole(a: int, b: int = 0) -> None: ...
def decimal(a: float, b: float = 0.0) -> None: ...
def word(a: str, b: object = "") -> None: ...
def switch(a: bool, b: bool = False) -> None: ...
def several(a: int | None, b: list[int] | str = "") -> None: ...
def narrow(a: Annotated[int, msgspec.Meta(ge=1)], b: Literal["a", 5] = "a") -> None: ...
def rest(a: int, *more: float) -> None: ...
def named(a: int, *, b: int = 0) -> None: ...


@pytest.mark.parametrize("run", [anything, whole, decimal, word, switch, several, narrow, rest, named])
def test_a_call_is_checked_whatever_was_called_before(run: Callable[..., object]) -> None:
    used, forgetful = Function(run, "run"), Function(run, "run")
    for args in ((), *itertools.product(VALUES), *itertools.product(VALUES, VALUES), (1, 2, 3)):
        forgetful._fit.clear()
        expected = outcome(forgetful, args)
        assert [outcome(used, args), outcome(used, args)] == [expected, expected]


def outcome(function: Function, args: tuple[Any, ...]) -> object:
    """What is sent, or why nothing is."""
    try:
        arguments, blobs = function.bind(args, {})
    except BadArgument as error:
        return str(error)
    return bytes(arguments), blobs


@pytest.mark.parametrize(("run", "args"), [(whole, (5, 1)), (decimal, (0.5, 1)), (word, ("a", None)), (anything, (1,))])
def test_calls_that_fit_are_read_once_not_each_time(run: Callable[..., object], args: tuple[Any, ...]) -> None:
    function, reads = Function(run, "run"), []
    decode = function._decode_by_position

    def counted(arguments: msgspec.Raw) -> Any:
        reads.append(arguments)
        return decode(arguments)

    function._decode_by_position = counted
    for _ in range(10):
        function.bind(args, {})
    assert len(reads) == 1


def test_a_program_cannot_make_it_remember_without_end() -> None:
    function = Function(lambda a, b, c, d: None, "run")
    for number in range(5**4):
        kinds = [(0, 0.5, "a", True, None)[number // 5**place % 5] for place in range(4)]
        function.bind(tuple(kinds), {})
    assert len(function._fit) <= 16


def test_ones_own_commands_for_others_are_compared_with_the_functions_here_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Looking for the nearest name takes longer than all else that a command does."""
    compared: list[str] = []
    monkeypatch.setattr(handlers, "nearest", lambda name, names: compared.append(name))
    world = Simulation()
    room, alan = world.join("dots", "Ada"), world.join("dots", "Alan")
    room.command("move")(lambda player: None)
    for _ in range(10):
        room.send("hello")
    world.settle()
    assert compared == ["hello"]
    alan.send("hello")
    world.settle()
    assert compared == ["hello", "hello"], "another's is one that should perhaps have run here"
