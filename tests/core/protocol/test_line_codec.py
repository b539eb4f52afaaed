"""Each dialect of the starter protocol, as tests/vectors/dialects.json has it; and that a dialect harms no promise."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol import line_protocol
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.line_dialect import TRAITS, parse_dialect
from roomcast.core.protocol.messages import Do, Join, Leave
from roomcast.errors import ProtocolError
from tests.core.entries import raw
from tests.core.vectors import each, load


def speaking(dialect: str, *names: str) -> LineCodec:
    return LineCodec(parse_dialect(dialect), names)


def read(codec: LineCodec, *pieces: bytes) -> list[list[str]]:
    reader = codec.reader(Limits())
    return [codec.words(line) for piece in pieces for line in reader.feed(piece)]


@each("dialects.json", "reading")
def test_what_they_say_becomes_the_rooms_words(vector: dict[str, Any]) -> None:
    pieces = [text.encode() for text in vector.get("reads", [vector.get("text")])]
    assert read(speaking(vector["dialect"]), *pieces) == vector["lines"]
    if "text" in vector:
        (text,) = pieces
        assert read(speaking(vector["dialect"]), *(text[at : at + 1] for at in range(len(text)))) == vector["lines"]


@each("dialects.json", "written")
def test_what_the_room_says_becomes_their_words(vector: dict[str, Any]) -> None:
    entry = vector["entry"]
    arguments = msgspec.Raw(json.dumps(entry["a"]).encode())
    assert speaking(vector["dialect"]).render(Do(1, entry["by"], 0, entry["c"], arguments)).decode() == vector["line"]


@each("dialects.json", "greetings")
def test_they_are_greeted_in_their_words(vector: dict[str, Any]) -> None:
    codec = speaking(vector["dialect"], *vector["names"])
    assert codec.greeting(vector["others"], vector["me"]).decode() == vector["text"]


def test_every_trait_has_its_vectors() -> None:
    vectors = load("dialects.json")
    tried = " ".join(vector["dialect"] for kind in vectors.values() for vector in kind)
    for name in set(TRAITS) - {"echo", "wait", "no-myIDis"}:  # these are about who hears, and when: the server's tests
        assert name in tried, name


def test_why_a_line_is_refused_is_told_where_there_is_a_word_for_it() -> None:
    assert STANDARD.refusal("too fast") == b""
    assert speaking("refused=sorry").refusal("too\nfast") == b"sorry too fast\n"


def test_a_join_is_told_as_the_greeting_tells_it() -> None:
    assert speaking("older").render(Join(1, "3", 0, "3")) == b"newPlayer 3 100 100\n"
    assert speaking("older").render(Leave(1, "3", 0)) == b""


def test_a_player_has_one_number_for_all_who_are_on_the_port() -> None:
    codec = speaking("numbers")
    assert [codec.new_id((), present) for present in ((), ("0",), ("0", "red", "1"))] == ["0", "1", "2"]
    red = codec.shown("red")
    assert codec.greeting(["0", "1", "red"], "2").decode().splitlines() == [
        "newPlayer 0",
        "newPlayer 1",
        f"newPlayer {red}",
        "myIDis 2 ",
    ]
    assert codec.render(Do(1, "red", 0, "move", raw([5, 0]))) == f"move {red} 5 0\n".encode()


def test_an_end_in_the_middle_of_a_letter_waits_for_the_rest_of_it() -> None:
    assert read(speaking("unended"), "say é".encode()[:-1], "é".encode()[-1:], b"say x") == [["say", "é"], ["say", "x"]]


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_no_bytes_are_lost_or_said_twice_where_lines_do_not_end(pieces: list[bytes]) -> None:
    reader = speaking("unended").reader(Limits())
    said = b"".join(line for piece in pieces for line in reader.feed(piece))
    said += bytes(reader._part)
    assert said == b"".join(pieces).replace(b"\n", b"")
    assert not reader._part or line_protocol._is_cut(reader._part), "only a letter that is not whole waits"


def test_a_message_over_the_limit_is_refused_where_lines_do_not_end() -> None:
    reader = speaking("unended").reader(Limits(message_size=10))
    assert list(reader.feed(b"x" * 10)) == [b"x" * 10]
    with pytest.raises(ProtocolError) as refused:
        list(reader.feed(b"x" * 11))
    assert refused.value.code == "too-big"


REQUESTS = (b"POST /game HTTP/1.1\r", b"GET / HTTP/1.0", b"POST /\xff HTTP/1.1", b"\x16\x03\x01\x02\x00\x01\xfc")


@pytest.mark.parametrize("line", REQUESTS)
def test_what_comes_from_a_browser_is_known_in_every_dialect(line: bytes) -> None:
    for codec in (STANDARD, speaking("older,unended"), speaking("rename=say:POST")):
        with pytest.raises(ProtocolError) as refused:
            codec.check(line)
        assert refused.value.code == "bad-message"


def test_a_request_that_comes_in_pieces_is_known_by_its_method() -> None:
    """Where one read is a message, a page could choose an address so long that the first read ends within it."""
    with pytest.raises(ProtocolError):
        speaking("unended").check(b"POST /" + b"a" * 1400)
    STANDARD.check(b"POST a letter")
    for codec in (STANDARD, speaking("unended")):
        codec.check(b"move 5 0")
        codec.check(b"say HTTP/1.1 is old")
        codec.check(b"")


@given(
    st.sampled_from(
        ["older", "numbers=1,echo", "playerMoved,newPlayer=1 2/3 4", "rename=say:chat,wait=3 go", "unended"]
    ),
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8),
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4),
)
def test_in_every_dialect_whatever_a_player_says_is_one_line(dialect: str, command: str, details: list[str]) -> None:
    codec = speaking(dialect)
    said = codec.render(Do(1, "Ada", 0, command, raw(details)))
    assert said == b"" or (said.endswith(b"\n") and len(said.decode().splitlines()) == 1)
    assert said.split(b" ")[0] not in (b"newPlayer", b"myIDis", b"go")
