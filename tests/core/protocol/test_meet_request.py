"""Options with which a room is wanted: what they may be, and when a room has them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol.meet_request import MOST_BYTES, are_met, read_options
from roomcast.errors import Refused

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-100, 100) | st.floats(-4, 4) | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=6,
)
OPTIONS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


@given(OPTIONS, OPTIONS)
def test_a_room_has_the_options_with_which_it_was_made_and_any_of_them(
    options: dict[str, Any], more: dict[str, Any]
) -> None:
    text = msgspec.Raw(msgspec.json.encode(options))
    assert are_met(read_options(text), options)
    assert are_met(options, more | options)
    assert are_met({}, options)


@pytest.mark.parametrize(
    ("wanted", "options", "met"),
    [
        ({"a": 1}, {"a": 1.0}, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 0}, {"a": False}, False),
        ({"a": None}, {}, False),
        ({"a": [1, {"b": 2}]}, {"a": [1.0, {"b": 2}], "c": 3}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 1}}, False),
        ({"a": "1"}, {"a": 1}, False),
    ],
)
def test_options_are_equal_as_json(wanted: dict[str, Any], options: dict[str, Any], met: bool) -> None:
    assert are_met(wanted, options) is met


@pytest.mark.parametrize(
    "text",
    ["[]", "1", "nonsense", '{"a":' + "[" * 8 + "]" * 8 + "}", '{"a":1e999}',
     '{"a":"' + "x" * MOST_BYTES + '"}'],
)  # fmt: skip
def test_what_rules_could_not_keep_is_refused(text: str) -> None:
    with pytest.raises(Refused, match=r"a room's options (are|take)") as refused:
        read_options(msgspec.Raw(text.encode()))
    assert refused.value.code == "bad-argument"


def test_options_may_be_as_deep_and_long_as_is_said() -> None:
    assert read_options(msgspec.Raw(b'{"a":' + b"[" * 7 + b"]" * 7 + b"}"))
    text = b'{"a":"' + b"x" * (MOST_BYTES - 8) + b'"}'
    assert len(text) == MOST_BYTES
    assert read_options(msgspec.Raw(text))
