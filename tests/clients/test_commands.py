"""Functions as commands: what can be sent, and how what comes in fits the function it is for."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.clients.commands import Function, Misfit, check_json, plain, to_json
from roomcast.core import codec, starter
from roomcast.core.limits import MOST_LEVELS
from roomcast.core.messages import Act
from roomcast.errors import BadArgument

if TYPE_CHECKING:
    from roomcast import Player  # as a careful program does it: only its type checker knows the name

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@dataclass
class Point:
    x: int
    y: int = 0


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


def raw(text: str) -> msgspec.Raw:
    return msgspec.Raw(text.encode())


def words(*details: str) -> msgspec.Raw:
    """Arguments as a starter client sends them."""
    return starter.arguments(list(details))


def ran(function: Callable[..., object], arguments: msgspec.Raw) -> Any:
    """What the function returns when the command comes in, called as the room calls it."""
    found = Function(function, "act")
    args, kwargs = found.read(arguments)
    if found.takes_player:
        args = ("the caller", *args)
    return function(*args, **kwargs)


def text_of(arguments: msgspec.Raw) -> str:
    return bytes(memoryview(arguments)).decode()


# ---------------------------------------------------------------------- out: what can be sent


def test_arguments_go_by_position_or_by_name() -> None:
    assert text_of(to_json("act", (), {})) == "[]"
    assert text_of(to_json("act", (5, -1.5, "a", True, None), {})) == '[5,-1.5,"a",true,null]'
    assert text_of(to_json("act", (), {"dx": 5, "dy": 0})) == '{"dx":5,"dy":0}'
    assert text_of(to_json("act", ((1, 2), [3], {"k": [4]}), {})) == '[[1,2],[3],{"k":[4]}]'


def test_arguments_by_position_and_by_name_do_not_mix() -> None:
    with pytest.raises(BadArgument, match=r"all by position or all by name, not 1 .* and dy by name"):
        to_json("act", (5,), {"dy": 0})


@given(JSON)
def test_what_json_carries_comes_through(value: Any) -> None:
    (back,), _ = plain(to_json("act", (value,), {}))
    assert back == value
    _, named = plain(to_json("act", (), {"key": value}))
    assert named == {"key": value}
    check_json("act", "key", value)
    message = codec.decode_client(codec.encode(Act(1, "act", to_json("act", (value,), {}))))
    assert isinstance(message, Act)


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> list[Any]:
    value: list[Any] = [1]
    value.append({"again": value})
    return value


BAD = {
    "a set": ({1}, "is a set, which JSON cannot carry"),
    "bytes": (b"x", "is bytes, which JSON cannot carry: give them as an argument of their own"),
    "an object": (object(), "is a object, which JSON cannot carry"),
    "a function": (len, "which JSON cannot carry"),
    "an enum": (Color.RED, "is a Color, which JSON cannot carry"),
    "a dataclass": (Point(1), "is a Point, which JSON cannot carry"),
    "a complex number": (1j, "is a complex, which JSON cannot carry"),
    "not a number": (math.nan, "is nan, and JSON has no such number"),
    "infinity": (math.inf, "is inf, and JSON has no such number"),
    "minus infinity": (-math.inf, "is -inf, and JSON has no such number"),
    "a huge number": (2**63, "more than 64 bits"),
    "a huge negative number": (-(2**63) - 1, "more than 64 bits"),
    "a number beyond all bounds": (10**5000, "more than 64 bits"),
    "half a character": ("a\ud83c", "half a character"),
    "a key that is no text": ({1: 2}, "has the key 1; JSON's keys are text"),
    "a key that is half a character": ({"\ud83c": 2}, "half a character"),
    "lists without end": (cyclic(), "nested too deep"),
    "lists too deep": (nested(5000), "nested too deep"),
    "lists deeper than a message may be": (nested(MOST_LEVELS), "nested too deep"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_json_cannot_carry_is_refused_at_the_caller_by_the_arguments_name(what: str) -> None:
    value, says = BAD[what]
    with pytest.raises(BadArgument, match=f"act: argument 2.*{says}"):
        to_json("act", (1, value), {})
    with pytest.raises(BadArgument, match=f"act: argument 'dy'.*{says}"):
        to_json("act", (1, value), {}, ("dx", "dy"))
    with pytest.raises(BadArgument, match=f"act: argument 'dy'.*{says}"):
        to_json("act", (), {"dx": 1, "dy": value})
    with pytest.raises(BadArgument, match=f"state: argument 'dy'.*{says}"):
        check_json("state", "dy", value)


@pytest.mark.parametrize("what", BAD)
def test_deep_inside_an_argument_the_message_shows_the_way_to_it(what: str) -> None:
    value, says = BAD[what]
    with pytest.raises(BadArgument, match=rf"act: argument 'board'\[1\]\['red'\].*{says}"):
        to_json("act", ([0, {"red": value}],), {}, ("board",))


def test_numbers_of_64_bits_are_sent() -> None:
    assert text_of(to_json("act", (2**63 - 1, -(2**63)), {})) == "[9223372036854775807,-9223372036854775808]"


def test_what_may_be_sent_is_not_too_deep_for_a_server() -> None:
    deepest = 0
    for depth in range(1, MOST_LEVELS + 10):
        try:
            line = codec.encode(Act(1, "act", to_json("act", (nested(depth),), {})))
        except BadArgument:
            break
        assert isinstance(codec.decode_client(line), Act)
        deepest = depth
    assert deepest >= 100


# ---------------------------------------------------------------------- in: conversions


def move(player: object, dx: int, dy: int = 0) -> tuple[int, int]:
    return dx, dy


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
def test_what_does_not_fit_is_a_misfit_that_shows_the_call_and_the_function(arguments: str) -> None:
    with pytest.raises(Misfit) as misfit:
        Function(move, "move").read(raw(arguments))
    said = str(misfit.value)
    assert f"move({arguments[1:-1]}) does not fit move(dx: " in said
    assert "player" not in said


@pytest.mark.parametrize("arguments", ["[1e999]", "[" + "9" * 5000 + "]"])
def test_numbers_beyond_all_bounds_are_a_misfit(arguments: str) -> None:
    for function in (move, lambda x: x, lambda *xs: xs, lambda **xs: xs):
        with pytest.raises(Misfit):
            Function(function, "act").read(raw(arguments))


def test_long_arguments_are_shown_in_short() -> None:
    with pytest.raises(Misfit) as misfit:
        Function(move, "move").read(raw('["' + "x" * 5000 + '"]'))
    assert len(str(misfit.value)) < 300


def test_the_rest_by_position_is_converted_too() -> None:
    def act(first: str, *rest: int) -> tuple[Any, ...]:
        return (first, *rest)

    assert ran(act, words("1", "2", "3")) == ("1", 2, 3)
    assert ran(act, words("1")) == ("1",)
    for arguments in (words("1", "two"), words()):
        with pytest.raises(Misfit, match="does not fit act"):
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
        with pytest.raises(Misfit):
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
def test_whatever_a_stranger_sends_the_function_can_be_called_or_it_is_a_misfit(
    function: Callable[..., object], arguments: str
) -> None:
    try:
        ran(function, raw(arguments))
    except Misfit:
        pass


def test_one_can_call_with_whatever_names_python_allows() -> None:
    def act(
        run: int, command: int, args: int, kwargs: int, msg: int, t: int, cls: int, _x: int, größe: int
    ) -> list[int]:
        return [run, command, args, kwargs, msg, t, cls, _x, größe]

    assert ran(act, raw("[1,2,3,4,5,6,7,8,9]")) == list(range(1, 10))


# ---------------------------------------------------------------------- calls of this program


def bound(function: Callable[..., object], *args: object, **kwargs: object) -> str:
    return text_of(Function(function, "act").bind(args, kwargs)[0])


def test_a_call_goes_by_position_where_that_is_possible() -> None:
    assert bound(move, 5) == "[5]"
    assert bound(move, 5, 1) == "[5,1]"
    assert bound(move, 5, dy=1) == "[5,1]"
    assert bound(move, dy=1, dx=5) == "[5,1]"


def test_a_call_goes_by_name_where_it_must() -> None:
    def act(x: int = 1, y: int = 2, *, z: int = 3) -> None: ...

    assert bound(act, y=5) == '{"y":5}'
    assert bound(act, 4, z=6) == '{"x":4,"z":6}'
    assert bound(lambda x, **more: None, 1, y=2) == '{"x":1,"y":2}'


def test_a_call_with_a_rest_goes_by_position_only() -> None:
    def act(first: int, *rest: int, z: int = 0) -> None: ...

    assert bound(act, 1, 2, 3) == "[1,2,3]"
    with pytest.raises(BadArgument, match="all by position or all by name"):
        bound(act, 1, 2, 3, z=4)


@pytest.mark.parametrize(
    ("args", "kwargs", "says"),
    [
        ((), {}, "missing a required argument: 'dx'"),
        ((1, 2, 3), {}, "too many positional arguments"),
        ((1,), {"dx": 1}, "multiple values for argument 'dx'"),
        ((1,), {"dz": 1}, "unexpected keyword argument 'dz'"),
        (("five",), {}, "does not fit"),
        (({1},), {}, "argument 'dx' is a set"),
        ((1, math.nan), {}, "argument 'dy' is nan"),
    ],
)
def test_a_wrong_call_fails_at_the_caller(args: tuple[Any, ...], kwargs: dict[str, Any], says: str) -> None:
    with pytest.raises(BadArgument, match=f"^move.*{says}"):
        Function(move, "move").bind(args, kwargs)


@given(st.lists(JSON, max_size=4))
def test_what_one_calls_with_is_what_runs_everywhere(values: list[Any]) -> None:
    def act(*values: Any) -> tuple[Any, ...]:
        return values

    def named(a: Any = None, b: Any = None, c: Any = None, d: Any = None) -> tuple[Any, ...]:
        return a, b, c, d

    assert list(ran(act, Function(act, "act").bind(tuple(values), {})[0])) == values
    padded = [*values, *[None] * (4 - len(values))]
    assert list(ran(named, Function(named, "act").bind(tuple(values), {})[0])) == padded
    by_name = dict(zip("dcba", values, strict=False))
    assert ran(named, Function(named, "act").bind((), by_name)[0]) == tuple(by_name.get(key) for key in "abcd")


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
