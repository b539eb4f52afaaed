"""Bytes among the arguments of a call: taken out, sent apart, and put back where the function wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.client.functions import ArgumentMismatch, Function
from roomcast.client.json_arguments import to_json
from roomcast.errors import BadArgument

DATA = b"\x00\xff bytes"


def called(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """What the function returns when a call of it comes back."""
    command = Function(function, "act")
    values, named = command.read(*command.bind(args, kwargs))
    return function(*values, **named)


def with_hint(data: bytes) -> Any:
    return data


def as_array(data: bytearray) -> Any:
    return data


def as_view(data: memoryview) -> Any:
    return data


def as_anything(data: Any) -> Any:
    return data


def maybe(data: bytes | None = None) -> Any:
    return data


@pytest.mark.parametrize("given_as", [bytes, bytearray, memoryview])
@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (with_hint, bytes),
        (as_array, bytearray),
        (as_view, memoryview),
        (as_anything, bytes),
        (maybe, bytes),
        (lambda data: data, bytes),
        (lambda *data: data[0], bytes),
        (lambda **data: data["data"], bytes),
    ],
)
def test_whatever_kind_is_given_the_hint_says_what_comes(
    given_as: Callable[[bytes], Any], function: Callable[..., Any], kind: type
) -> None:
    by_name = function.__code__.co_flags & 0x08
    found = called(function, data=given_as(DATA)) if by_name else called(function, given_as(DATA))
    assert type(found) is kind
    assert bytes(found) == DATA


def test_bytes_may_stand_anywhere_by_position_or_by_name() -> None:
    def act(name: str, data: bytes, count: int = 1, more: bytes = b"none", *, last: Any = None) -> Any:
        return name, data, count, more, last

    assert called(act, "cat", DATA) == ("cat", DATA, 1, b"none", None)
    assert called(act, "cat", DATA, 5, b"") == ("cat", DATA, 5, b"", None)
    assert called(act, "cat", more=DATA, data=b"x") == ("cat", b"x", 1, DATA, None)
    assert called(act, "cat", data=b"x", last=DATA) == ("cat", b"x", 1, b"none", DATA)


def test_what_is_given_may_change_afterwards() -> None:
    data = bytearray(DATA)
    _, blobs = Function(as_anything, "act").bind((data,), {})
    data[:] = b"x" * len(data)
    assert blobs == {0: DATA}


def act_of(hint: Any) -> Callable[..., Any]:
    def act(data: Any) -> Any:
        return data

    act.__annotations__["data"] = hint
    return act


@pytest.mark.parametrize("hint", [str, int, float, bool, list, dict, list[bytes]])
def test_a_function_that_takes_no_bytes_there_is_not_called_with_them(hint: Any) -> None:
    with pytest.raises(BadArgument, match=r"act\(.*\) does not fit"):
        called(act_of(hint), DATA)


@pytest.mark.parametrize("place", [1, -1, "data", "other"])
def test_bytes_of_a_stranger_for_a_place_that_is_not_there_do_not_fit(place: Any) -> None:
    function = Function(as_anything, "act")
    arguments, _ = function.bind((b"",), {})
    with pytest.raises(ArgumentMismatch, match="bytes where it takes none"):
        function.read(arguments, {place: DATA})


@pytest.mark.parametrize("value", [[DATA], {"data": DATA}, ([{"deep": bytearray(DATA)}],)])
def test_bytes_deep_inside_an_argument_are_refused_at_the_caller(value: Any) -> None:
    with pytest.raises(BadArgument, match="is bytes, which JSON cannot carry: give them as an argument of their own"):
        to_json("act", (value,), {})


@given(st.lists(st.integers() | st.text() | st.binary(), max_size=5))
def test_what_one_calls_with_is_what_runs(values: list[Any]) -> None:
    whole = [value for value in values if not isinstance(value, int) or abs(value) < 2**63]
    assert list(called(lambda *args: args, *whole)) == whole
