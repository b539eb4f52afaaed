"""Arguments of a call: what can be sent, how it goes, and what a wrong call says."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.client.functions import Function
from roomcast.client.json_arguments import encode_value, plain, to_json
from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import MAX_LEVELS
from roomcast.core.protocol.messages import DoRequest
from roomcast.errors import BadArgument
from tests.client.functions import Color, Point, move, ran

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def text_of(arguments: msgspec.Raw) -> str:
    return bytes(memoryview(arguments)).decode()


# ---------------------------------------------------------------------- what can be sent


def test_arguments_go_by_position_or_by_name() -> None:
    assert text_of(to_json("act", (), {})) == "[]"
    assert text_of(to_json("act", (5, -1.5, "a", True, None), {})) == '[5,-1.5,"a",true,null]'
    assert text_of(to_json("act", (), {"dx": 5, "dy": 0})) == '{"dx":5,"dy":0}'
    assert text_of(to_json("act", ((1, 2), [3], {"k": [4]}), {})) == '[[1,2],[3],{"k":[4]}]'


def test_arguments_by_position_and_by_name_do_not_mix() -> None:
    with pytest.raises(BadArgument, match=r"all by position or all by name, not 1 .* and .dy. by name"):
        to_json("act", (5,), {"dy": 0})


@given(JSON)
def test_what_json_carries_comes_through(value: Any) -> None:
    (back,), _ = plain(to_json("act", (value,), {}))
    assert back == value
    _, named = plain(to_json("act", (), {"key": value}))
    assert named == {"key": value}
    encode_value("act", value)
    message = codec.decode_client(codec.encode(DoRequest(1, "act", to_json("act", (value,), {}))))
    assert isinstance(message, DoRequest)


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
    "an object": (object(), "is an object, which JSON cannot carry"),
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
    "lists deeper than a message may be": (nested(MAX_LEVELS), "nested too deep"),
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
    with pytest.raises(BadArgument, match=rf"state\[dy\].*{says}"):
        encode_value("state[dy]", value)


@pytest.mark.parametrize("what", BAD)
def test_deep_inside_an_argument_the_message_shows_the_way_to_it(what: str) -> None:
    value, says = BAD[what]
    with pytest.raises(BadArgument, match=rf"act: argument 'board'\[1\]\['red'\].*{says}"):
        to_json("act", ([0, {"red": value}],), {}, ("board",))


def test_numbers_of_64_bits_are_sent() -> None:
    assert text_of(to_json("act", (2**63 - 1, -(2**63)), {})) == "[9223372036854775807,-9223372036854775808]"


def test_what_may_be_sent_is_not_too_deep_for_a_server() -> None:
    deepest = 0
    for depth in range(1, MAX_LEVELS + 10):
        try:
            line = codec.encode(DoRequest(1, "act", to_json("act", (nested(depth),), {})))
        except BadArgument:
            break
        assert isinstance(codec.decode_client(line), DoRequest)
        deepest = depth
    assert deepest >= 100


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
        ((), {}, "the argument is missing: dx"),
        ((1, 2, 3), {}, "it takes 2 arguments .dx, dy., not 3"),
        ((1,), {"dx": 1}, "the argument 'dx' is given twice"),
        ((1,), {"dz": 1}, "it has no parameter 'dz'"),
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
