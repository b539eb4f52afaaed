"""Operations on shared state: the room works them out at their place in the order, and the log has plain patches."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import NO_STATE, Error, Set, SetRequest
from roomcast.core.room.commit_log import Level
from roomcast.core.room.operations import bytes_compared, work_out
from roomcast.core.room.shared_map import SharedMap
from roomcast.errors import Refused
from tests.core.entries import VALUES, raw
from tests.core.fakes import House, Program
from tests.core.keeping import house_of
from tests.core.room.test_behaviour import Rules, entries, refusal, room_of

DEFAULTS = Limits()


def operate(
    program: Program, op: str, patch: dict[str, Any], was: dict[str, Any] | None = None, of: str = "room"
) -> None:
    program.n += 1
    program.say(operation(op, patch, was, of, program.n))


def operation(
    op: str, patch: dict[str, Any], was: dict[str, Any] | None = None, of: str = "room", n: int = 1
) -> SetRequest:
    return SetRequest(n, of, raw(patch), op=op, was=NO_STATE if was is None else raw(was))


def made(request: SetRequest, state: str = "{}", limits: Limits = DEFAULTS) -> str:
    """The patch that an operation makes of a state, as text."""
    return made_of(request, SharedMap(Raw(state.encode())), limits)


def made_of(request: SetRequest, state: SharedMap, limits: Limits) -> str:
    result = work_out(request, state, limits)
    assert (result.whole, result.op, result.was) == (True, "", NO_STATE)
    return bytes(result.p).decode()


def refused(request: SetRequest, state: str = "{}", limits: Limits = DEFAULTS) -> str:
    with pytest.raises(Refused) as error:
        made(request, state, limits)
    assert (error.value.code, error.value.n) == ("bad-argument", 1)
    return error.value.message


# ---------------------------------------------------------------------- add


@pytest.mark.parametrize(
    ("state", "amount", "total"),
    [
        ("{}", "5", "5"),
        ("{}", "-0.5", "-0.5"),
        ('{"x":1}', "2", "3"),
        ('{"x":0.1}', "0.2", "0.30000000000000004"),
        ('{"x":1}', "0.5", "1.5"),
        ('{"x":1.5}', "0.5", "2.0"),
        ('{"x":9007199254740993}', "2", "9007199254740995"),
        ('{"x":9223372036854775807}', "1", "9223372036854775808"),
        ('{"x":1e300}', "1e300", "2e300"),
        ('{"x":-7}', "7", "0"),
        (f'{{"x":{"9" * 308}}}', "0.5", "1e308"),
    ],
)
def test_numbers_are_added_to_what_is_there(state: str, amount: str, total: str) -> None:
    request = SetRequest(1, "room", Raw(f'{{"x":{amount}}}'.encode()), op="add")
    assert made(request, state) == f'{{"x":{total}}}'


def test_several_sums_are_one_patch() -> None:
    assert made(operation("add", {"a": 1, "b": 2}), '{"b":3,"c":4}') == '{"a":1,"b":5}'


@pytest.mark.parametrize(
    ("state", "patch", "why"),
    [
        ('{"x":"five"}', {"x": 1}, "'x' is a text, and only to a number can be added"),
        ('{"x":true}', {"x": 1}, "'x' is true or false, and only to a number can be added"),
        ('{"x":[1]}', {"x": 1}, "'x' is a list, and only to a number can be added"),
        ('{"x":{"a":1}}', {"x": 1}, "'x' is an object, and only to a number can be added"),
        ("{}", {"x": "1"}, "what is added to 'x' is a text, and not a number"),
        ("{}", {"x": None}, "what is added to 'x' is null, and not a number"),
        ("{}", {"x": False}, "what is added to 'x' is true or false, and not a number"),
        ('{"x":1e308}', {"x": 1e308}, "the sum at 'x': it is too large for a 64-bit float"),
        (f'{{"x":{"9" * 308}}}', {"x": 1}, "309 where the limit is 308 digits (setting: json-digits)"),
    ],
)
def test_what_cannot_be_added_is_refused_in_words(state: str, patch: dict[str, Any], why: str) -> None:
    assert why in refused(operation("add", patch), state)


def test_one_sum_that_cannot_be_made_leaves_all_as_they_were() -> None:
    assert "'b' is a text" in refused(operation("add", {"a": 1, "b": 1}), '{"b":"x"}')


def test_a_sum_keeps_to_the_digits_that_a_server_allows() -> None:
    assert made(operation("add", {"x": 1}), '{"x":998}', Limits(json_digits=3)) == '{"x":999}'
    assert "4 where the limit is 3 digits" in refused(operation("add", {"x": 1}), '{"x":999}', Limits(json_digits=3))


NUMBERS = st.integers(-(10**20), 10**20) | st.floats(-1e300, 1e300, allow_nan=False)


@given(st.lists(NUMBERS, min_size=1, max_size=30))
def test_a_sum_is_what_python_makes_of_the_numbers_one_after_the_other(numbers: list[float]) -> None:
    state = SharedMap()
    for number in numbers:
        request = SetRequest(1, "room", Raw(json.dumps({"x": number}).encode()), op="add")
        state = state.patched(work_out(request, state, DEFAULTS).p, whole=True)
    total: float = 0
    for number in numbers:
        total += number
    assert state["x"] == total
    assert type(state["x"]) is type(total)


# ---------------------------------------------------------------------- claim, and swap


def test_a_claim_sets_what_nobody_has() -> None:
    assert made(operation("claim", {"coin": "Ada"})) == '{"coin":"Ada"}'
    assert made(operation("claim", {"coin": "Ada"}), '{"coin":"Alan"}') == "{}"
    assert made(operation("claim", {"coin": "Ada"}), '{"coin":false}') == "{}", "that is set, too"
    assert made(operation("claim", {"coin": "Ada", "gem": "Ada"}), '{"gem":"Alan"}') == "{}", "all or none"


@pytest.mark.parametrize(
    ("there", "expected", "same"),
    [
        ("1", "1", True),
        ("1", "1.0", True),
        ("1e2", "100", True),
        ("1", "true", False),
        ("0", "false", False),
        ("0", "null", False),
        ('""', "null", False),
        ("[1, 2]", "[1,2]", True),
        ("[1,2]", "[2,1]", False),
        ("[1]", "[true]", False),
        ('{"a":1,"b":2}', '{"b":2,"a":1}', True),
        ('{"a":1,"b":2}', '{"a":1}', False),
        ('{"a":{"b":[{"c":1}]}}', '{"a":{"b":[{"c":1.0}]}}', True),
        ('{"a":{"b":[{"c":1}]}}', '{"a":{"b":[{"c":null}]}}', False),
        (r'"\u00e9"', '"é"', True),
    ],
)
def test_a_swap_compares_values_as_json(there: str, expected: str, same: bool) -> None:
    for one, other in ((there, expected), (expected, there)):
        if one == "null":
            continue  # no key has that
        request = SetRequest(
            1, "room", Raw(b'{"x":"new"}'), op="swap", was=Raw(b'{"x":' + other.encode() + b"}")
        )  # fmt: skip
        assert made(request, f'{{"x":{one}}}') == ('{"x":"new"}' if same else "{}")


def test_null_stands_for_a_key_that_is_not_set() -> None:
    assert made(operation("swap", {"x": 1}, {"x": None})) == '{"x":1}'
    assert made(operation("swap", {"x": 1}, {"x": None}), '{"x":0}') == "{}"
    assert made(operation("swap", {"x": None}, {"x": 1}), '{"x":1}') == '{"x":null}'


def test_a_swap_may_look_at_other_keys_than_it_sets_and_at_all_of_them() -> None:
    request = operation("swap", {"turn": "Alan"}, {"turn": "Ada", "round": 3})
    assert made(request, '{"turn":"Ada","round":3}') == '{"turn":"Alan"}'
    assert made(request, '{"turn":"Ada","round":4}') == "{}"


@given(VALUES, VALUES)
def test_values_are_the_same_where_their_canonical_texts_are(one: Any, other: Any) -> None:
    if one is not None:
        request = operation("swap", {"x": "new"}, {"x": other})
        same = json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
        assert made(request, json.dumps({"x": one})) == ('{"x":"new"}' if same else "{}")


def test_a_value_into_which_was_merged_is_compared_as_any(house: House) -> None:
    ada = house.join("Ada")
    large = {f"key{number}": "x" * 20 for number in range(100)}
    ada.set("room", {"map": large})
    ada.set("room", {"map": {"more": 1}})
    operate(ada, "swap", {"map": "new"}, {"map": {**large, "more": 2}})
    assert house.room().state.shared == {"map": {**large, "more": 1}}
    operate(ada, "swap", {"map": "new"}, {"map": {**large, "more": 1}})
    assert house.room().state.shared == {"map": "new"}


def test_an_operation_that_nobody_knows_is_refused_and_named() -> None:
    assert refused(operation("double", {"x": 1})) == "an operation is 'add', 'claim', 'swap', not 'double'"


# ---------------------------------------------------------------------- in a room


def test_the_log_has_what_an_operation_made_as_a_plain_patch(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    operate(ada, "add", {"total": 2})
    operate(alan, "add", {"total": 3})
    operate(ada, "claim", {"coin": "Ada"})
    operate(alan, "claim", {"coin": "Alan"})
    operate(ada, "add", {"score": 1}, of="me")
    operate(alan, "swap", {"turn": "Ada"}, {"turn": None})
    house.flush()
    patches = [one for one in house.room().log.entries(2, house.room().log.last) if isinstance(one, Set)]
    assert [(one.by, one.of, bytes(one.p).decode(), one.whole, one.n) for one in patches] == [
        ("Ada", "room", '{"total":2}', True, 1),
        ("Alan", "room", '{"total":5}', True, 1),
        ("Ada", "room", '{"coin":"Ada"}', True, 2),
        ("Alan", "room", "{}", True, 2),
        ("Ada", "me", '{"score":1}', True, 3),
        ("Alan", "room", '{"turn":"Ada"}', True, 3),
    ]
    ada.hear()
    alan.hear()
    assert ada.state == alan.state == house.room().state
    assert house.room().state.shared == {"total": 5, "coin": "Ada", "turn": "Ada"}


def test_what_is_sent_again_after_a_lost_connection_counts_once(house: House) -> None:
    ada = house.join("Ada")
    operate(ada, "add", {"total": 2})
    ada.gone()
    again = house.come_back(ada)
    again.say(operation("add", {"total": 2}, n=1), operation("add", {"total": 3}, n=2))
    house.flush()
    assert house.room().state.shared == {"total": 5}


def test_a_refused_operation_uses_up_its_number(house: House) -> None:
    ada = house.join("Ada")
    ada.set("room", {"x": "text"})
    operate(ada, "add", {"x": 1})
    operate(ada, "add", {"y": 1}, of="you")
    operate(ada, "swap", {"y": 1}, {"y": 2}, of="you")
    operate(ada, "halve", {"y": 1})
    operate(ada, "add", {"y": 1})
    house.flush()
    assert [(one.code, one.n) for one in ada.hear() if isinstance(one, Error)] == [
        ("bad-argument", n) for n in (2, 3, 4, 5)
    ]
    assert house.room().state.shared == {"x": "text", "y": 1}
    assert not ada.connection.ended


@pytest.mark.parametrize("number", ["1e309", "0.1e310", "-2E+0308", "9" * 308 + "e9", "1" + "0" * 300 + ".5E+9"])
@pytest.mark.parametrize("op", ["", "add"])
def test_a_number_that_is_none_gets_into_no_state_however_it_is_written(house: House, number: str, op: str) -> None:
    """Each language would read it in its own way, or not at all, and who adds to it would find no number."""
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(f'{{"t":"set","n":1,"of":"room","p":{{"x":{number}}},"op":"{op}"}}'.encode())
    (error,) = [one for one in ada.hear() if isinstance(one, Error)]
    assert error.code == "bad-message"
    operate(alan, "add", {"x": 1})
    house.flush()
    assert house.room().state.shared == {"x": 1}
    assert not alan.connection.ended


@pytest.mark.parametrize("was", ["[]", "null", '{"x":1e999}'])
def test_expected_values_are_checked_like_a_patch(house: House, was: str) -> None:
    ada = house.join("Ada")
    ada.say(f'{{"t":"set","n":1,"of":"room","p":{{}},"op":"swap","was":{was}}}'.encode())
    (error,) = [one for one in ada.hear() if isinstance(one, Error)]
    assert error.code == "bad-message"
    assert ada.connection.ended


def test_the_result_keeps_to_the_limits_of_state(house: House) -> None:
    room, ada, _ = room_of(room_state=40)
    room.set(ada, operation("claim", {"a": "x" * 20}), 1.0)
    assert refusal(room, ada, operation("claim", {"b": "x" * 20}, n=2)).code == "state-full"
    room.set(ada, operation("claim", {"a": "x" * 1000}, n=3), 1.0)
    assert room.state.shared == {"a": "x" * 20}, "and one that changes nothing is never too large"
    assert room.log.last == 3


def test_a_behaviour_is_asked_about_the_operation_and_not_about_its_result() -> None:
    rules = Rules()
    room, ada, _ = room_of(rules)
    request = operation("add", {"score": 1}, of="me")
    room.set(ada, request, 1.0)
    assert rules.asked == [("Ada", request)]
    refusal(room, ada, operation("add", {"total": 1}, n=2))
    assert [bytes(one.p) for one in entries(room) if isinstance(one, Set)] == [b'{"score":1}']


def test_a_newcomer_and_a_room_from_disk_have_the_sums() -> None:
    house, _ = house_of(Level.FULL)
    ada = house.join("Ada")
    for _ in range(10):
        operate(ada, "add", {"total": 0.1})
    operate(ada, "claim", {"coin": "Ada"})
    operate(ada, "claim", {"coin": "Alan"})
    house.flush()
    expected = {"total": 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1, "coin": "Ada"}
    assert expected["total"] != 1
    assert house.join("Late").state.shared == expected
    house.crash()
    assert house.join("Later").state.shared == expected


# ---------------------------------------------------------------------- what it costs


def test_a_swap_is_charged_for_what_it_compares(monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(rate=1e6, burst=1_000_000, address_time=1e6)
    ada = house.join("Ada")
    ada.set("room", {"large": [[]] * 9_990, "small": 1})
    owed: list[int] = []
    whole = type(ada.peer)._owe_operation
    monkeypatch.setattr(
        type(ada.peer), "_owe_operation", lambda peer, size: (owed.append(size), whole(peer, size))[1]
    )  # fmt: skip
    operate(ada, "swap", {"small": 2}, {"small": 1})
    operate(ada, "swap", {"small": 3}, {"large": None})
    small, large = owed
    assert small < 50
    assert large > 9_990 * 3
    assert house.room().state.shared["small"] == 2


def test_nothing_large_is_decoded_for_claims_and_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    state = SharedMap(Raw(codec.encode({"large": [[]] * 9_990, "text": "7" * 60_000, "x": 1})))
    decoded: list[int] = []
    whole = msgspec.json.Decoder().decode
    monkeypatch.setattr(
        "roomcast.core.room.shared_map._decode", lambda text: (decoded.append(len(text)), whole(text))[1]
    )
    work_out(operation("claim", {"large": 1, "text": 1}), state, DEFAULTS)
    work_out(operation("add", {"x": 1}), state, DEFAULTS)
    with pytest.raises(Refused):
        work_out(operation("add", {"text": 1}), state, DEFAULTS)
    assert max(decoded) < 10
    assert bytes_compared(operation("claim", {"large": 1}), state, DEFAULTS) == 0
    both = operation("swap", {}, {"large": 1, "x": 1, "gone": 1})
    assert bytes_compared(both, state, DEFAULTS) == 3 * 9_990 - 1 + 2 + 1
    assert bytes_compared(both, state, Limits(message_size=1000)) == 1


def test_a_value_that_nobody_could_expect_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    state = SharedMap(Raw(codec.encode({"large": "x" * 2000})))
    limits = Limits(message_size=1000)
    monkeypatch.setattr(SharedMap, "text_of", None)
    assert made_of(operation("swap", {"large": 1}, {"large": "x" * 2000}), state, limits) == "{}"
    assert made_of(operation("swap", {"large": 1}, {"large": None}), state, limits) == "{}"
