"""The lines of a recording."""

import pytest

from roomcast.core.protocol import codec, recording
from roomcast.core.protocol.messages import Do, Hidden, PlayerRecord, Skipped, Snapshot, Tick
from roomcast.core.protocol.recording import Header
from roomcast.errors import ProtocolError

HEADER = Header(1, "dots", 3, Snapshot((PlayerRecord("red", "red"),), at=7, seed="0f"), me="recorder", world="{}")


@pytest.mark.parametrize(
    "line",
    [HEADER, Do(4, "red", 8, "move"), Hidden(5, 9), Skipped(6, 9, Snapshot()), Tick(12)],
    ids=lambda line: type(line).__name__,
)
def test_what_is_written_is_read_again(line: recording.Recorded) -> None:
    assert recording.decode(codec.encode(line)) == line


def test_the_header_says_first_what_the_file_is() -> None:
    assert codec.encode(HEADER).startswith(b'{"roomcast-recording":1,"room":"dots","s":3,')


def test_fields_and_kinds_that_a_later_version_may_know_are_passed_over() -> None:
    assert recording.decode(b'{"t":"applause","s":4}') is None
    assert recording.decode(b'{"roomcast-recording":1,"room":"dots","s":0,"snapshot":{},"mood":"fine"}') == Header(
        1, "dots", 0, Snapshot()
    )


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"roomcast-recording":2,"room":"dots","s":0,"snapshot":{}}', "version"),
        (b'{"roomcast-recording":1,"room":"dots","s":-1,"snapshot":{}}', "bad-message"),
        (b'{"roomcast-recording":1,"room":"dots"', "bad-message"),
        (b'{"roomcast-recording":1,"room":"\xff","s":0,"snapshot":{}}', "bad-message"),
        (b'{"t":"pong"}', "bad-message"),
        (b'{"t":"do"', "bad-message"),
        (b"[]", "bad-message"),
        (b"", "bad-message"),
        (b'{"t":"do","s":1,"by":"red","at":0,"c":"move","a":' + b"[" * 300 + b"]" * 300 + b"}", "too-big"),
    ],
)
def test_what_is_no_line_of_a_recording_is_refused(line: bytes, code: str) -> None:
    with pytest.raises(ProtocolError) as refused:
        recording.decode(line)
    assert refused.value.code == code
