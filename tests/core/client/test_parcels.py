"""Parcels: calls with bytes are cut into pieces, and put together again, whole or not at all."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.client import parcels
from roomcast.core.client.parcels import ArgumentKey, Arrived, Dropped, Incoming, Outgoing, Progress
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, DoRequest
from roomcast.core.protocol.names import PARCEL
from roomcast.errors import CODES, BadArgument
from tests.core.protocol.test_protocol_page import EXAMPLES, PAGE, section
from tests.core.vectors import each


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def piece(arguments: msgspec.Raw, by: str = "Ada", seq: int = 1) -> Do:
    return Do(seq, by, 0, PARCEL, arguments)


def cut(parcel: Outgoing, message_size: int = 65536) -> list[msgspec.Raw]:
    """All pieces of a parcel."""
    found = []
    while not parcel.done:
        found.append(parcel.next_piece(message_size))
    return found


def told(found: Progress | Arrived | Dropped | None) -> list[Any]:
    """What the vectors say of it."""
    if found is None:
        return []
    if isinstance(found, Dropped):
        assert found.code in CODES
        assert found.by in found.message
        if found.progress is not None:
            assert found.progress.failed in found.message
        return [{"dropped": [found.by, found.code, 0 if found.progress is None else found.progress.id]}]
    if isinstance(found, Progress):
        return [{"progress": [found.id, found.command, found.done, found.size]}]
    blobs = [[place, base64.b64encode(data).decode()] for place, data in found.blobs.items()]
    return [*told(found.progress), {"run": [found.command, msgspec.json.decode(found.arguments), blobs]}]


# ---------------------------------------------------------------------- golden


@each("parcels.json", "cut")
def test_a_call_is_cut_into_its_pieces(vector: dict[str, Any]) -> None:
    blobs = {place: base64.b64decode(data) for place, data in vector["blobs"]}
    to = None if vector["to"] is None else tuple(vector["to"])
    parcel = Outgoing(vector["id"], vector["command"], raw(vector["args"]), blobs, to)
    pieces = cut(parcel, vector["message_size"])
    assert [bytes(memoryview(one)).decode() for one in pieces] == vector["pieces"]
    for one in pieces:
        assert len(codec.encode(DoRequest(10**15, PARCEL, one, to))) <= vector["message_size"]


@each("parcels.json", "joined")
def test_pieces_are_put_together_or_dropped(vector: dict[str, Any]) -> None:
    incoming = Incoming()
    for step in vector["steps"]:
        if "by" in step:
            found = told(incoming.add(piece(raw(step["a"]), step["by"])))
        else:
            dropped = incoming.leave(step["leave"]) if "leave" in step else incoming.skip()
            found = [one for each_dropped in dropped for one in told(each_dropped)]
        assert found == step["tells"], step


def test_the_example_on_the_protocol_page_is_the_call_that_it_says() -> None:
    incoming = Incoming()
    calls = [json.loads(line) for side, line in EXAMPLES if side == "client" and PARCEL in line]
    found = [incoming.add(piece(raw(message["a"]))) for message in calls]
    assert len(found) == 3
    opening, call, end = found
    assert isinstance(opening, Progress)
    assert isinstance(call, Arrived)
    assert (call.command, msgspec.json.decode(call.arguments)) == ("picture", ["cat.png", ""])
    assert call.blobs == {1: b"\x89PNG\r\n\x1a\n\x00"}
    assert end is None


def test_the_limits_on_the_protocol_page_are_those_of_the_code() -> None:
    text = section("Parcels: calls with bytes")
    assert f"no more than {parcels.WINDOW} pieces of some {parcels.PIECE // 1024} KiB" in text
    assert f"hold {parcels.MAX_PARCELS} unfinished parcels" in text
    numbers = set(re.findall(r"\d{8,}", text))
    assert numbers == {str(parcels.MAX_BYTES), str(parcels.MAX_BYTES_OF_ALL)}
    assert "(#parcels-calls-with-bytes)" in PAGE


# ---------------------------------------------------------------------- whole or not at all

BLOBS = st.dictionaries(st.integers(0, 5), st.binary(max_size=200), min_size=1, max_size=3)


@given(BLOBS, st.integers(300, 900))
def test_whatever_is_cut_is_put_together_as_it_was(blobs: dict[ArgumentKey, bytes], message_size: int) -> None:
    arguments = raw(["" if place in blobs else place for place in range(6)])
    pieces = cut(Outgoing(1, "act", arguments, blobs, None), message_size)
    incoming = Incoming()
    found = [incoming.add(piece(one)) for one in pieces]
    for part in found[:-1]:
        assert isinstance(part, Progress)
    call = found[-1]
    assert isinstance(call, Arrived)
    assert (call.command, call.blobs) == ("act", blobs)
    assert call.progress.done == call.progress.size == sum(map(len, blobs.values()))
    assert incoming.skip() == []


@given(BLOBS, st.integers(300, 500), st.data())
def test_with_a_piece_missing_it_is_never_run_and_told_of_once(
    blobs: dict[ArgumentKey, bytes], message_size: int, data: st.DataObject
) -> None:
    arguments = raw(["" if place in blobs else place for place in range(6)])
    pieces = cut(Outgoing(1, "act", arguments, blobs, None), message_size)
    missing = data.draw(st.integers(0, len(pieces) - 1))
    incoming = Incoming()
    found = [incoming.add(piece(one)) for number, one in enumerate(pieces) if number != missing]
    assert not [one for one in found if isinstance(one, Arrived)]
    dropped = [one for one in found if isinstance(one, Dropped)]
    assert len(dropped) == (0 if missing == len(pieces) - 1 else 1)
    assert len(incoming.leave("Ada")) == (missing == len(pieces) - 1 and missing > 0)


ODD = st.recursive(st.none() | st.integers() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3))
BYTES = st.binary(max_size=9).map(lambda data: base64.b64encode(data).decode())
OPENINGS = st.builds(
    lambda number, size, data: {"id": number, "c": "x", "a": [""], "sizes": [[0, size]], "b": data},
    st.integers(0, 3),
    st.integers(-1, 9),
    BYTES,
)
PIECES = st.tuples(st.integers(0, 3), st.integers(-2, 9), BYTES)


@given(st.lists(st.tuples(st.sampled_from("AB"), OPENINGS | PIECES | st.tuples(ODD))))
def test_no_piece_of_a_stranger_makes_it_fail_or_run_a_call_of_another_size(pieces: list[tuple[str, Any]]) -> None:
    incoming = Incoming()
    for by, arguments in pieces:
        found = incoming.add(piece(raw(arguments), by))
        if isinstance(found, Arrived):
            assert found.progress.done == found.progress.size == sum(map(len, found.blobs.values()))


# ---------------------------------------------------------------------- bounds


def opening(number: int, size: int) -> msgspec.Raw:
    return raw({"id": number, "c": "act", "a": [""], "sizes": [[0, size]]})


@pytest.mark.parametrize(
    ("players", "size", "kept"),
    [
        (1, 2, parcels.MAX_PARCELS),
        (1, parcels.MAX_BYTES // 5, 5),
        (20, parcels.MAX_BYTES, parcels.MAX_BYTES_OF_ALL // parcels.MAX_BYTES),
    ],
    ids=["parcels of a player", "bytes of a player", "bytes of all"],
)
def test_what_a_stranger_can_make_a_program_hold_has_a_bound(players: int, size: int, kept: int) -> None:
    incoming = Incoming()
    for player in range(players):
        for number in range(1, 100):
            incoming.add(piece(opening(number, size), f"P{player}"))
            incoming.add(piece(raw([number + 500, 7, "eA=="]), f"P{player}"))
    held = [parcel for mine in incoming._of.values() for parcel in mine.values()]
    unfinished = [parcel for parcel in held if parcel.opening is not None]
    assert len(unfinished) == kept
    assert sum(parcel.size for parcel in held) == kept * size
    assert len(held) - len(unfinished) == players * parcels.MAX_PARCELS  # what is refused is remembered for a while


def test_more_than_a_call_may_carry_is_refused_where_it_is_called() -> None:
    Outgoing(1, "act", raw([""]), {0: b"x" * parcels.MAX_BYTES}, None)
    with pytest.raises(BadArgument, match=f"act: {parcels.MAX_BYTES + 1} bytes in one call, and it may carry"):
        Outgoing(1, "act", raw([""]), {0: b"x" * parcels.MAX_BYTES, 1: b"x"}, None)
