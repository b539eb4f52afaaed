"""The codec: frames of JSON lines, whole, cut anywhere, and with something after them."""

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomcast.core.protocol import codec
from roomcast.core.protocol.any_message import ClientMessage, ServerMessage
from roomcast.core.protocol.limits import MAX_LEVELS, Limits
from roomcast.core.protocol.messages import Do, DoRequest, Entry, Hidden, Pong, Report, SetRequest
from roomcast.errors import CODES, ProtocolError
from tests.core.vectors import bytes_of, each, load

TEXTS = [bytes_of(vector) for vector in load("client.json")]
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def read(frame: bytes) -> list[ClientMessage]:
    """All messages of a client's frame."""
    return [codec.decode_client(line) for line in codec.lines_of(frame)]


@each("frames.json")
def test_a_frame_is_cut_into_its_lines(vector: dict[str, Any]) -> None:
    lines = codec.lines_of(vector["frame"].encode())
    assert [line.decode() for line in lines] == vector["lines"]
    for line in lines:
        codec.decode_server(line)


@each("refused.json")
def test_what_is_no_message_is_refused_with_its_code(vector: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError) as refused:
        codec.decode_client(bytes_of(vector))
    assert refused.value.code == vector["code"]
    assert refused.value.code in CODES
    assert refused.value.message != ""


SERVER_MESSAGES = [json.loads(text) for text in map(bytes_of, load("server.json"))]
TIMED = [(one, one) for one in SERVER_MESSAGES if "at" in one or "time" in one]
TIMED += [(one, one["snapshot"]) for one in SERVER_MESSAGES if "at" in one.get("snapshot", {})]


@pytest.mark.parametrize("time", [-1, 2**53 + 1, 10**400])
def test_a_time_that_not_every_language_can_count_is_no_message(time: int) -> None:
    """A hostile server, or a recording of a stranger's, ends with a sentence and not in an overflow."""
    for message, told in TIMED:
        field = "at" if "at" in told else "time"
        right, told[field] = told[field], time
        with pytest.raises(ProtocolError):
            codec.decode_server(json.dumps(message).encode())
        told[field] = right


def test_the_time_of_an_entry_is_read_from_its_line() -> None:
    timed = [
        one for one in map(codec.decode_server, map(bytes_of, load("server.json"))) if isinstance(one, Entry | Hidden)
    ]
    odd = Do(7, '"\\","at":5,\n🎲', 1_700_000_000_000, "x")
    for entry in (*timed, odd, Hidden(3)):
        assert codec.time_of(codec.encode(entry)) == entry.at


@each("client.json")
def test_a_message_cut_anywhere_is_an_error_and_never_another_message(vector: dict[str, Any]) -> None:
    text = bytes_of(vector)
    for cut in range(len(text)):
        for part in (text[:cut], text[cut + 1 :] if cut else b"", text[:cut] + b"\n", b" " + text[cut + 1 :]):
            with pytest.raises(ProtocolError):
                codec.decode_client(part)


@each("client.json")
def test_whatever_follows_a_message_on_its_line_is_an_error(vector: dict[str, Any]) -> None:
    text = bytes_of(vector)
    for more in (b"x", b"{}", b"}", b",", b"\0", b"\xff", b" 1", text):
        with pytest.raises(ProtocolError) as refused:
            codec.decode_client(text + more)
        assert refused.value.code == "bad-message"


@each("client.json")
def test_a_message_with_another_after_it_in_the_frame_is_read_as_if_alone(vector: dict[str, Any]) -> None:
    text = bytes_of(vector)
    for following in TEXTS:
        first, second = codec.lines_of(text + b"\n" + following)
        assert (first, second) == (text, following)


@each("client.json")
def test_a_line_end_within_a_message_cuts_it(vector: dict[str, Any]) -> None:
    text = bytes_of(vector)
    for place in range(1, len(text)):
        with pytest.raises(ProtocolError):
            read(text[:place] + b"\n" + text[place:])


@given(st.lists(st.sampled_from(TEXTS), min_size=1, max_size=5), st.sampled_from([b"\n", b"\n\n", b"\r\n", b" \n\t\n"]))
def test_frames_carry_any_messages_in_order(texts: list[bytes], ends: bytes) -> None:
    for frame in (ends.join(texts), ends.join(texts) + ends, ends + ends.join(texts)):
        assert [codec.encode(message) for message in read(frame)] == texts


def one_by_one(frame: bytes) -> tuple[list[ServerMessage], str]:
    """What a client is to make of a server's frame: the messages up to the first that is wrong, and its code."""
    messages: list[ServerMessage] = []
    for line in codec.lines_of(frame):
        try:
            messages.append(codec.decode_server(line))
        except ProtocolError as error:
            if error.code != "unknown-type":
                return messages, error.code
    return messages, ""


def at_once(frame: bytes) -> tuple[list[ServerMessage], str]:
    messages: list[ServerMessage] = []
    try:
        for message in codec.messages_of(frame):
            messages.append(message)  # noqa: PERF402  # those before something wrong count
    except ProtocolError as error:
        return messages, error.code
    return messages, ""


SAID = [
    codec.encode(message) for message in (Pong(), Hidden(7), Report(3), Do(8, "Ada", 0, "say", msgspec.Raw(b"[1]")))
]
ODD = [
    b'{"t":"of a later version","s":9}',
    b'{"t":"do","s":8,"by":"Ada","at":0,"c":"say","a":["\xc3\xa9"]}',
    b'{"t":"do","s":8,"by":"Ada","at":0,"c":"say","a":["\xff"]}',
    b'{"t":"do","s":8,"by":"Ada","at":0,"c":"say","a":' + b"[" * 300 + b"]" * 300 + b"}",
    b'{"t":"pong"',
    b"",
    b" ",
    b"\r",
    b"0",
]


@given(st.lists(st.sampled_from(SAID + ODD), min_size=1, max_size=5))
def test_a_server_s_frame_read_at_once_is_what_it_is_line_by_line(lines: list[bytes]) -> None:
    frame = b"\n".join(lines)
    assert at_once(frame) == one_by_one(frame)


@given(
    st.lists(st.sampled_from(SAID), min_size=2, max_size=4),
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from([b"\n", b" ", b"{", b"x"]))),
    st.lists(st.integers(0, 3)),
)
def test_line_ends_in_wrong_places_are_the_same_error_at_once_and_line_by_line(
    lines: list[bytes], insertions: list[tuple[int, bytes]], joined: list[int]
) -> None:
    frame = b"".join(line + (b"" if place in joined else b"\n") for place, line in enumerate(lines))
    for place, sign in insertions:
        frame = frame[:place] + sign + frame[place:]
    assert at_once(frame) == one_by_one(frame)


def test_arguments_cannot_carry_a_line_end_to_others() -> None:
    # As JSON, a line end between two arguments means nothing; passed on, it would cut the frame of all others.
    with pytest.raises(ProtocolError):
        read(b'{"t":"do","n":1,"c":"x","a":[1,\n2]}')
    for text in TEXTS:
        message = codec.decode_client(text)
        if isinstance(message, DoRequest):
            assert b"\n" not in bytes(memoryview(message.a))


@given(JSON)
def test_arguments_and_patches_come_through_as_they_were(value: Any) -> None:
    line = codec.encode(DoRequest(1, "x", msgspec.Raw(codec.encode([value]))))
    assert b"\n" not in line
    message = codec.decode_client(line)
    assert isinstance(message, DoRequest)
    assert msgspec.json.decode(message.a) == [value]
    patch = codec.decode_client(codec.encode(SetRequest(1, "me", msgspec.Raw(codec.encode({"k": value})))))
    assert isinstance(patch, SetRequest)
    assert msgspec.json.decode(patch.p) == {"k": value}


def test_arguments_pass_through_letter_by_letter() -> None:
    written = b'[ 1.50,\t"\\u0041",1E2,{"b":1,"a":2} ]'
    message = codec.decode_client(b'{"t":"do","n":1,"c":"x","a":' + written + b"}")
    assert isinstance(message, DoRequest)
    assert bytes(memoryview(message.a)) == written
    assert written in codec.encode(message)


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + b"1" * (opening != b"[") + closing * depth


@pytest.mark.parametrize("depth", [MAX_LEVELS + 1, 900, 5_000, 30_000])
def test_json_nested_too_deep_is_refused_wherever_it_stands(depth: int) -> None:
    objects = nested(depth, b'{"k":', b"}")
    for line in (
        b'{"t":"do","n":1,"c":"x","a":' + nested(depth) + b"}",
        b'{"t":"do","n":1,"c":"x","a":' + objects + b"}",
        b'{"t":"do","n":1,"c":"x","later":' + nested(depth) + b"}",
        b'{"t":"set","n":1,"of":"me","p":' + objects + b"}",
        nested(depth),
    ):
        with pytest.raises(ProtocolError) as refused:
            codec.decode_client(line)
        assert refused.value.code == "too-big"


def test_what_a_server_says_may_be_a_little_deeper_for_there_is_more_around_it() -> None:
    deepest = nested(MAX_LEVELS - 2, b'{"k":', b"}")
    put = b'{"t":"set","n":1,"of":"me","p":{"k":' + deepest + b"}}"
    assert isinstance(codec.decode_client(put), SetRequest)
    welcome = (
        b'{"t":"welcome","me":"Ada","session":"x","s":1,"time":0,"limits":{"message_size":1,"rate":1,"burst":1,'
        b'"silent_for":1},"snapshot":{"players":[{"id":"Ada","name":"Ada","state":{"k":' + deepest + b"}}]}}"
    )
    assert codec.decode_server(welcome)
    for depth in (MAX_LEVELS + 10, 900, 100_000):
        with pytest.raises(ProtocolError, match="levels deep"):
            codec.decode_server(
                b'{"t":"set","s":1,"by":"","at":0,"of":"me","p":' + nested(depth, b'{"k":', b"}") + b"}"
            )


def counted(value: Any) -> int:
    """How many values there are in one, itself among them."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(counted, inside))


@given(st.lists(JSON, max_size=5), st.sampled_from([(",", ":"), (" , ", " : "), (",\t", ":\r")]))
def test_the_values_of_a_message_are_counted_and_texts_are_one_each(values: list[Any], signs: tuple[str, str]) -> None:
    message = {"t": "do", "n": 1, "c": "x", "a": values}
    line = json.dumps(message, separators=signs).encode()
    count = counted(message)
    assert isinstance(codec.decode_client(line, codec.MessageBounds(Limits(json_values=count))), DoRequest)
    with pytest.raises(ProtocolError, match=f": {count} where the limit is {count - 1} values"):
        codec.decode_client(line, codec.MessageBounds(Limits(json_values=count - 1)))


def test_json_is_allowed_to_be_as_deep_as_the_limit_says() -> None:
    inside = MAX_LEVELS - 1  # the message itself is one level
    assert isinstance(codec.decode_client(b'{"t":"do","n":1,"c":"x","a":' + nested(inside) + b"}"), DoRequest)
    wide = b'{"t":"do","n":1,"c":"x","a":[' + b",".join([b"[{}]"] * 1000) + b"]}"
    assert isinstance(codec.decode_client(wide), DoRequest)


def test_brackets_within_text_are_no_depth() -> None:
    for text in ("[" * 5000, '"[' * 2000, "\\[{" * 2000, '\\"{' * 2000, "\\"):
        message = codec.decode_client(codec.encode(DoRequest(1, "say", msgspec.Raw(codec.encode([text])))))
        assert isinstance(message, DoRequest)
        assert msgspec.json.decode(message.a) == [text]


@pytest.mark.timeout(10)
def test_measuring_the_depth_takes_no_time_that_a_stranger_could_stretch() -> None:
    for hostile in (
        b'"' + b'\\"' * 30_000,
        b'"\\' * 20_000,
        b"[" * 60_000,
        b"[]" * 30_000,
        b'"[' * 30_000,
        b"\\" * 60_000,
    ):
        with pytest.raises(ProtocolError):
            codec.decode_client(b"[" * 300 + hostile)


@given(st.binary(max_size=60))
def test_any_bytes_at_all_are_a_message_or_a_protocol_error(data: bytes) -> None:
    for decode in (codec.decode_client, codec.decode_server):
        for line in codec.lines_of(data):
            with contextlib.suppress(ProtocolError):
                decode(line)


@given(st.sampled_from(TEXTS), st.integers(0, 200), st.binary(min_size=1, max_size=4))
def test_a_damaged_message_is_a_message_or_a_protocol_error(text: bytes, place: int, damage: bytes) -> None:
    damaged = text[:place] + damage + text[place + len(damage) :]
    with contextlib.suppress(ProtocolError):
        for message in read(damaged):
            codec.encode(message).decode()  # what passes can be passed on


def test_the_line_for_a_hidden_command_says_only_its_place_and_its_time() -> None:
    assert codec.hidden(7, 1000) == b'{"t":"hidden","s":7,"at":1000}'
    assert codec.decode_server(codec.hidden(7, 1000)) == Hidden(7, 1000)
    assert codec.decode_server(b'{"t":"hidden","s":7}') == Hidden(7, 0)  # as an older version has written it


@pytest.mark.parametrize("line", [b'{"t":"%b"}', b'{"t":"%b","n":1}', b'{"t":"do","n":"%b"}', b'{"t":5,"%b":1}'])
def test_what_was_wrong_is_said_shortly_however_long_it_was(line: bytes) -> None:
    for decode in (codec.decode_client, codec.decode_server):
        with pytest.raises(ProtocolError) as refused:
            decode(line % (b"x" * 60_000))
        assert len(refused.value.message) < 200


@pytest.mark.parametrize("field", ["s", "n", "epoch", "lost"])
def test_a_server_that_counts_below_zero_says_no_message(field: str) -> None:
    """A client would go on from there, and be refused by the next server that it tells."""
    welcome = {"t": "welcome", "me": "Ada", "session": "x", "s": 1, "time": 0, "resumed": True}
    limits = {"message_size": 1000, "rate": 1, "burst": 1, "silent_for": 1}
    assert codec.decode_server(json.dumps({**welcome, "limits": limits, field: 0}).encode())
    with pytest.raises(ProtocolError, match=f"not a message: {field} has a value"):
        codec.decode_server(json.dumps({**welcome, "limits": limits, field: -1}).encode())


@pytest.mark.parametrize("field", ["from", "to", "n"])
def test_nor_does_one_that_skips_to_there(field: str) -> None:
    with pytest.raises(ProtocolError, match=f"not a message: {field} has a value"):
        codec.decode_server(json.dumps({"t": "skipped", "from": 1, "to": 2, "snapshot": {}, field: -1}).encode())
