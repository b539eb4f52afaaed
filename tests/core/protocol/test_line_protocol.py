"""The starter protocol's codec: lines whole, byte by byte, joined, and with something after them."""

import itertools
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol import line_protocol
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.line_codec import STANDARD
from roomcast.core.protocol.line_protocol import LineReader
from roomcast.core.protocol.messages import Away, Do, Join, Leave, Set
from roomcast.errors import ProtocolError
from tests.core.entries import raw
from tests.core.vectors import bytes_of, each, load

READING = [bytes_of(vector) for vector in load("starter.json")["reading"]]


def read(pieces: list[bytes], limit: int = 65536) -> list[list[str]]:
    """The words of all lines that come of these pieces."""
    reader = LineReader(Limits(message_size=limit))
    return [line_protocol.parse(line) for piece in pieces for line in reader.feed(piece)]


def take(reader: LineReader, pieces: list[bytes], taken: list[bytes]) -> None:
    """Add the lines that come of these pieces to `taken`, as far as that goes."""
    for piece in pieces:
        taken.extend(reader.feed(piece))


def singly(data: bytes) -> list[bytes]:
    return [data[at : at + 1] for at in range(len(data))]


@each("starter.json", "reading")
def test_lines_come_whole(vector: dict[str, Any]) -> None:
    assert read([bytes_of(vector)]) == vector["lines"]


@each("starter.json", "reading")
def test_lines_come_byte_by_byte_even_within_a_character(vector: dict[str, Any]) -> None:
    assert read(singly(bytes_of(vector))) == vector["lines"]


@each("starter.json", "reading")
def test_lines_come_cut_in_two_anywhere(vector: dict[str, Any]) -> None:
    data = bytes_of(vector)
    for place in range(len(data) + 1):
        assert read([data[:place], data[place:]]) == vector["lines"]


@each("starter.json", "reading")
def test_lines_come_with_others_after_them(vector: dict[str, Any]) -> None:
    data = bytes_of(vector)
    whole = data if data.endswith(b"\n") else data + b"\n"
    lines = read([whole])
    for following in READING:
        assert read([whole + following]) == lines + read([following])
        assert read(singly(whole + following)) == lines + read([following])


@given(st.lists(st.sampled_from(READING), max_size=4), st.lists(st.integers(0, 120), max_size=12))
def test_lines_come_in_whatever_pieces(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(part if part.endswith(b"\n") else part + b"\n" for part in parts)
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    pieces = [data[start:end] for start, end in itertools.pairwise(places)]
    assert read(pieces) == read([data])


@each("starter.json", "refused")
def test_bytes_that_are_not_utf8_are_refused_and_what_came_before_is_not(vector: dict[str, Any]) -> None:
    data = bytes_of(vector)
    for pieces in ([data], singly(data), [data + b"jump\n"]):
        lines = [line for feed in [LineReader(Limits()).feed] for piece in pieces for line in feed(piece)]
        good = lines[: vector["before"]]
        assert all(line_protocol.parse(line) for line in good)
        with pytest.raises(ProtocolError) as refused:
            line_protocol.parse(lines[vector["before"]])
        assert refused.value.code == vector["code"]


def test_a_line_of_just_the_limit_is_taken() -> None:
    line = b"x" * 50
    assert list(LineReader(Limits(message_size=50)).feed(line + b"\n")) == [line]
    reader = LineReader(Limits(message_size=50))
    assert [out for byte in singly(line + b"\n") for out in reader.feed(byte)] == [line]


@pytest.mark.parametrize("size", [51, 52, 100, 5000])
def test_a_line_over_the_limit_is_refused_before_it_ends(size: int) -> None:
    for pieces in ([b"x" * size], singly(b"x" * 51), [b"x" * 50, b"y"], [b"x" * 25] * 3):
        taken: list[bytes] = []
        with pytest.raises(ProtocolError) as refused:
            take(LineReader(Limits(message_size=50)), pieces, taken)
        assert taken == []
        assert refused.value.code == "too-big"
        assert "50 bytes" in refused.value.message
        assert "message-size" in refused.value.message


@pytest.mark.parametrize("after", [b"", b"\n", b"\nmove 5 0\n", b"\nmo"])
def test_lines_before_one_over_the_limit_are_taken_however_they_come(after: bytes) -> None:
    data = b"jump\nmove 5 0\n" + b"x" * 51 + after
    for pieces in ([data], singly(data), [data[:7], data[7:]]):
        taken: list[bytes] = []
        with pytest.raises(ProtocolError):
            take(LineReader(Limits(message_size=50)), pieces, taken)
        assert taken == [b"jump", b"move 5 0"]


def test_short_lines_may_together_be_longer_than_the_limit() -> None:
    assert len(list(LineReader(Limits(message_size=10)).feed(b"move 5 0\n" * 1000))) == 1000


@each("starter.json", "written")
def test_an_entry_becomes_a_line(vector: dict[str, Any]) -> None:
    entry = vector["entry"]
    arguments = msgspec.Raw(json.dumps(entry["a"]).encode())
    assert STANDARD.render(Do(1, entry["by"], 0, entry["c"], arguments)).decode() == vector["line"]


@each("starter.json", "greetings")
def test_the_server_speaks_first(vector: dict[str, Any]) -> None:
    assert STANDARD.greeting(vector["others"], vector["me"]).decode() == vector["text"]


def test_a_join_is_told_and_the_rest_of_presence_has_no_word() -> None:
    assert STANDARD.render(Join(1, "Ada", 0, "Ada Lovelace")) == b"newPlayer Ada\n"
    assert STANDARD.render(Leave(1, "Ada", 0)) == b""
    assert STANDARD.render(Away(1, "Ada", 0)) == b""
    assert STANDARD.render(Set(1, "Ada", 0, "me", raw({"x": 1}))) == b""


@pytest.mark.parametrize(
    "arguments",
    [b"[1e999]", b"[" + b"9" * 5000 + b"]", b"5", b'"text"', b"null"],
    ids=["over all bounds", "too many digits", "a number", "a text", "nothing"],
)
def test_arguments_that_have_no_words_are_left_out(arguments: bytes) -> None:
    assert STANDARD.render(Do(1, "Ada", 0, "x", msgspec.Raw(arguments))) == b""


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4),
)
def test_whatever_a_player_says_is_exactly_one_line(command: str, details: list[str]) -> None:
    entry = Do(1, "Ada", 0, command, line_protocol.arguments(details))
    line = STANDARD.render(entry)
    assert line == b"" or (line.endswith(b"\n") and len(line.decode().splitlines()) == 1)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8), min_size=1))
def test_words_go_through_a_room_unchanged(words: list[str]) -> None:
    line = " ".join(words)
    instruction, *details = line_protocol.parse(line.encode())
    written = STANDARD.render(Do(1, "Ada", 0, instruction, line_protocol.arguments(details)))
    if instruction not in ("newPlayer", "myIDis"):
        assert written.decode() == " ".join([instruction, "Ada", *details]) + "\n"


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_nobody_speaks_with_the_servers_voice_after_what_some_take_for_a_line_end(end: str) -> None:
    said = STANDARD.render(Do(1, "Eve", 0, "say", line_protocol.arguments([f"hi{end}newPlayer Ada"])))
    assert said.decode().split() == ["say", "Eve", "hi", "newPlayer", "Ada"]
    assert len(said.decode().splitlines()) == 1


def test_a_complaint_is_one_line() -> None:
    assert line_protocol.complaint("not\nUTF-8") == b"error server not UTF-8\n"
