"""Functions as commands: how what comes in fits the function it is for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from roomcast.client.functions import ArgumentMismatch, Function
from roomcast.client.json_arguments import plain
from roomcast.core.protocol import line_protocol
from roomcast.errors import BadArgument
from tests.client.functions import Color, Point, move, ran, raw

if TYPE_CHECKING:
    from roomcast import Player  # as a careful program does it: only its type checker knows the name


def words(*details: str) -> msgspec.Raw:
    """Arguments as a starter client sends them."""
    return line_protocol.arguments(list(details))


# ---------------------------------------------------------------------- conversions


def test_the_caller_is_received_as_player_and_left_out_by_the_caller() -> None:
    assert Function(move, "move").takes_player
    assert Function(move, "move").names == ["dx", "dy"]
    assert not Function(lambda dx, player: None, "move").takes_player
    assert not Function(lambda: None, "move").takes_player


def test_arguments_come_by_position_and_by_name() -> None:
    assert ran(move, raw("[5, 1]")) == (5, 1)
    assert ran(move, raw('{"dy": 1, "dx": 5}')) == (5, 1)


def test_what_is_not_given_has_the_functions_own_default() -> None:
    default = object()

    def act(dx: int = 7, *, dy: object = default) -> tuple[int, object]:
        return dx, dy

    assert ran(move, raw("[5]")) == (5, 0)
    assert ran(move, raw('{"dx": 5}')) == (5, 0)
    assert ran(act, raw("[]")) == (7, default)
    assert ran(act, raw("{}")) == (7, default)


def test_hints_turn_a_starter_clients_text_into_numbers() -> None:
    def act(a: int, b: float, c: str, d: bool, e: int | None, f: list[int] | int, g: Any, h) -> list[Any]:  # type: ignore[no-untyped-def]
        return [a, b, c, d, e, f, g, h]

    found = ran(act, words("5", "2.5", "5", "true", "-7", "8", "9", "10"))
    assert found == [5, 2.5, "5", True, -7, 8, "9", "10"]
    assert [type(value) for value in found] == [int, float, str, bool, int, int, str, str]


def test_hints_do_no_harm_to_what_has_the_type_already() -> None:
    assert ran(move, raw("[5, -1]")) == (5, -1)
    assert ran(lambda x: x, raw('[{"k": [1.5, null]}]')) == {"k": [1.5, None]}


def test_an_enum_and_a_dataclass_are_made_from_what_json_carries() -> None:
    def act(point: Point, points: list[Point], color: Color) -> tuple[Point, list[Point], Color]:
        return point, points, color

    assert ran(act, raw('[{"x": 1}, [{"x": 2, "y": "3"}], "red"]')) == (Point(1), [Point(2, 3)], Color.RED)


@pytest.mark.parametrize(
    "arguments",
    [
        "[]",
        "[1, 2, 3]",
        '["five"]',
        "[null]",
        "[1.5]",
        "[[1]]",
        "{}",
        '{"dx": 1, "dz": 2}',
        '{"dx": "five"}',
        '{"dy": 1}',
    ],
)
def test_what_does_not_fit_is_a_mismatch_that_shows_the_call_and_the_function(arguments: str) -> None:
    with pytest.raises(ArgumentMismatch) as mismatch:
        Function(move, "move").read(raw(arguments))
    said = str(mismatch.value)
    assert f"move({arguments[1:-1]}) does not fit move(dx: " in said
    assert "player" not in said


@pytest.mark.parametrize("arguments", ["[1e999]", "[" + "9" * 5000 + "]"])
def test_numbers_beyond_all_bounds_are_a_mismatch(arguments: str) -> None:
    for function in (move, lambda x: x, lambda *xs: xs, lambda **xs: xs):
        with pytest.raises(ArgumentMismatch):
            Function(function, "act").read(raw(arguments))


def test_long_arguments_are_shown_in_short() -> None:
    with pytest.raises(ArgumentMismatch) as mismatch:
        Function(move, "move").read(raw('["' + "x" * 5000 + '"]'))
    assert len(str(mismatch.value)) < 300


def test_the_rest_by_position_is_converted_too() -> None:
    def act(first: str, *rest: int) -> tuple[Any, ...]:
        return (first, *rest)

    assert ran(act, words("1", "2", "3")) == ("1", 2, 3)
    assert ran(act, words("1")) == ("1",)
    for arguments in (words("1", "two"), words()):
        with pytest.raises(ArgumentMismatch, match="does not fit act"):
            Function(act, "act").read(arguments)


def test_the_rest_by_name_comes_as_it_is() -> None:
    def act(x: int, **rest: object) -> tuple[int, dict[str, object]]:
        return x, rest

    assert ran(act, raw('{"x": "1", "y": "2", "z": [3]}')) == (1, {"y": "2", "z": [3]})
    assert ran(act, raw('["1"]')) == (1, {})


def test_arguments_that_go_by_name_only_do_so() -> None:
    def act(x: int, *, y: int) -> tuple[int, int]:
        return x, y

    assert ran(act, raw('{"x": "1", "y": "2"}')) == (1, 2)
    for arguments in ("[1]", "[1, 2]", '{"x": 1}'):
        with pytest.raises(ArgumentMismatch):
            Function(act, "act").read(raw(arguments))


ANY_SIGNATURE: list[Callable[..., object]] = [
    lambda: None,
    lambda x: None,
    lambda x, /: None,
    lambda x=1, /: None,
    lambda x, /, y=2: None,
    lambda x, /, **more: None,
    lambda *xs: None,
    lambda *, x: None,
    lambda *, x=1: None,
    lambda *xs, y: None,
    lambda **more: None,
    lambda x, *xs, y=1, **more: None,
    lambda player: None,
    lambda player, /: None,
    lambda player, **more: None,
    lambda player, x, /, **more: None,
    lambda *player: None,
    lambda *, player: None,
    lambda **player: None,
    lambda player=None: None,
]


@pytest.mark.parametrize("function", ANY_SIGNATURE, ids=range(len(ANY_SIGNATURE)))
@pytest.mark.parametrize(
    "arguments",
    [
        "[]",
        "[1]",
        "[1,2]",
        "[1,2,3]",
        "{}",
        '{"x":1}',
        '{"y":1}',
        '{"x":1,"y":2}',
        '{"player":1}',
        '{"player":1,"x":2}',
        '{"self":1}',
        '{"":1}',
    ],
)
def test_whatever_a_stranger_sends_the_function_can_be_called_or_it_is_a_mismatch(
    function: Callable[..., object], arguments: str
) -> None:
    try:
        ran(function, raw(arguments))
    except ArgumentMismatch:
        pass


def test_one_can_call_with_whatever_names_python_allows() -> None:
    def act(
        run: int, command: int, args: int, kwargs: int, msg: int, t: int, cls: int, _x: int, größe: int
    ) -> list[int]:
        return [run, command, args, kwargs, msg, t, cls, _x, größe]

    assert ran(act, raw("[1,2,3,4,5,6,7,8,9]")) == list(range(1, 10))


# ---------------------------------------------------------------------- hints


def test_hints_count_though_they_are_text() -> None:
    # This file has `from __future__ import annotations`: all hints here are text until they are asked for.
    assert move.__annotations__["dx"] == "int"
    assert ran(move, words("5", "1")) == (5, 1)


def test_a_hint_that_only_a_type_checker_knows_does_not_spoil_the_others() -> None:
    def act(player: Player, dx: int, other: Player) -> tuple[Any, Any]:
        return dx, other

    assert ran(act, words("5", "Ada")) == (5, "Ada")


def test_without_hints_everything_comes_as_json_carries_it() -> None:
    assert ran(lambda x, y: (x, y), raw('["5", 5]')) == ("5", 5)


def test_a_hint_that_can_never_come_over_the_network_is_refused_when_registered() -> None:
    class Sprite: ...

    def union(x: int | Sprite) -> None: ...

    union.__annotations__["x"] = int | Sprite
    with pytest.raises(BadArgument, match="act: a type hint of its parameters cannot come over the network"):
        Function(union, "act")


def test_methods_and_objects_that_can_be_called_may_be_commands() -> None:
    class Game:
        def move(self, player: object, dx: int) -> int:
            return dx

        def __call__(self, dx: int) -> int:
            return dx

    game = Game()
    assert Function(game.move, "move").takes_player
    assert ran(game.move, words("5")) == 5
    assert ran(game, words("5")) in (5, "5")


# ---------------------------------------------------------------------- without a function


def test_arguments_without_a_function_come_by_position_or_by_name() -> None:
    assert plain(raw("[1, [2]]")) == ((1, [2]), {})
    assert plain(raw('{"x": 1}')) == ((), {"x": 1})
    assert plain(raw("[]")) == ((), {})


@pytest.mark.parametrize("arguments", ["[1e999]", "[" + "9" * 5000 + "]"])
def test_arguments_that_cannot_be_read_without_a_function_are_none(arguments: str) -> None:
    assert plain(raw(arguments)) == ((), {})


def test_a_hint_that_nothing_can_be_turned_into_fails_when_registered() -> None:
    class Dot:
        pass

    def act(dot: Dot) -> None: ...

    act.__annotations__["dot"] = Dot
    with pytest.raises(BadArgument, match="dot: Dot"):
        Function(act, "act")
