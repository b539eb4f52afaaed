"""WebSocket frames that the server builds itself, byte by byte (RFC 6455, section 5.2), and their fragments."""

import itertools

import pytest

from roomcast.core.protocol.limits import Limits
from roomcast.errors import ProtocolError
from roomcast.transports.frames import Fragments, text_frame
from roomcast.transports.websocket import WebSocketWire
from tests.manual_scheduler import ManualScheduler

# Bytes of payload → the frame's head, as the RFC writes it: FIN and text, no mask, then 7, 7+16 or 7+64 bits of size.
HEADS = {
    0: "81 00",
    1: "81 01",
    125: "81 7d",
    126: "81 7e 00 7e",
    127: "81 7e 00 7f",
    65535: "81 7e ff ff",
    65536: "81 7f 00 00 00 00 00 01 00 00",
    70000: "81 7f 00 00 00 00 00 01 11 70",
}


@pytest.mark.parametrize("size", HEADS)
def test_the_head_of_a_frame_says_how_long_it_is(size: int) -> None:
    payload = b"x" * size
    assert text_frame(payload) == bytes.fromhex(HEADS[size]) + payload


def test_lines_are_packed_into_one_frame() -> None:
    assert WebSocketWire(ManualScheduler()).pack([b"{}"]) == bytes.fromhex("81 02") + b"{}"
    assert WebSocketWire(ManualScheduler()).pack([b"{}", b"[]"]) == bytes.fromhex("81 05") + b"{}\n[]"


def joined(message: bytes, cuts: list[int], limit: int = 100) -> bytes | None:
    """The message after going through fragments that are cut at these places."""
    places = [0, *cuts, len(message)]
    pieces = [message[start:end] for start, end in itertools.pairwise(places)]
    fragments = Fragments(Limits(message_size=limit))
    whole = None
    for number, piece in enumerate(pieces):
        assert whole is None
        whole = fragments.join(piece, first=number == 0, last=number == len(pieces) - 1)
    return whole


def test_fragments_make_the_message_wherever_it_was_cut() -> None:
    message = '{"c":"Zoë 🎲"}'.encode()
    for place in range(len(message) + 1):
        assert joined(message, [place]) == message
    assert joined(message, list(range(len(message)))) == message
    assert joined(b"", [0, 0]) == b""


def test_fragments_end_with_the_message_and_another_may_follow() -> None:
    fragments = Fragments(Limits(message_size=100))
    for message in (b"one", b"two"):
        assert fragments.join(message[:1], first=True, last=False) is None
        assert fragments.join(message[1:], last=True, first=False) == message


def test_fragments_out_of_order_are_refused() -> None:
    with pytest.raises(ProtocolError, match="out of order"):
        Fragments(Limits(message_size=100)).join(b"x", last=True, first=False)
    fragments = Fragments(Limits(message_size=100))
    fragments.join(b"x", first=True, last=False)
    with pytest.raises(ProtocolError, match="out of order"):
        fragments.join(b"y", first=True, last=False)


def test_fragments_are_refused_as_soon_as_they_are_too_much() -> None:
    assert joined(b"x" * 100, [60]) == b"x" * 100
    fragments = Fragments(Limits(message_size=100))
    fragments.join(b"x" * 60, first=True, last=False)
    with pytest.raises(ProtocolError, match=r"101 where the limit is 100 bytes \(setting: message-size\)"):
        fragments.join(b"x" * 41, first=False, last=False)
