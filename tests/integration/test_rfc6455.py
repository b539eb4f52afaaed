"""The rules of RFC 6455 that a server sees to, over real sockets, a row each.

picows sees to those of a frame's head: opcodes, masks, lengths, the size and the wholeness of control frames. The
others are ours: reserved bits, close codes, the order of fragments, UTF-8, and that nothing counts after a close.
"""

import json
import struct

import pytest

from tests.integration.conftest import RunningServer
from tests.integration.foreign import BINARY, CLOSE, PING, PONG, TEXT, Foreign, Raw

FIN, MASKED = 0x80, 0x80
MASK = b"\x01\x02\x03\x04"
HELLO = b'{"t":"hello","room":"dots","name":"raw"}'


def masked(payload: bytes) -> bytes:
    return bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))


def framed(payload: bytes = b"", opcode: int = TEXT, *, fin: int = FIN, rsv: int = 0) -> bytes:
    """A masked frame of less than 64 KiB, with the bits that are asked for."""
    size = len(payload)
    length = bytes([MASKED | size]) if size < 126 else struct.pack("!BH", MASKED | 126, size)
    return bytes([fin | rsv | opcode]) + length + MASK + masked(payload)


def close_code(raw: Raw, *, answer: bool = True) -> int | None:
    """The code with which the server ends the connection; None where it says none. `answer`: its close is answered."""
    frames = raw.farewell() if answer else iter(raw.hear, None)
    closes = [payload for opcode, payload in frames if opcode == CLOSE]
    assert len(closes) <= 1, "one close frame"
    return struct.unpack("!H", closes[0][:2])[0] if closes else None


def closing(code: int, reason: bytes = b"") -> bytes:
    return framed(struct.pack("!H", code) + reason, CLOSE)


BROKEN = {
    # section 5.2: reserved bits without an extension, of data and of control frames
    "RSV1": (framed(HELLO, rsv=0x40), 1002),
    "RSV2": (framed(HELLO, rsv=0x20), 1002),
    "RSV3": (framed(HELLO, rsv=0x10), 1002),
    "RSV1 of a ping": (framed(b"", PING, rsv=0x40), 1002),
    "RSV3 of a pong": (framed(b"", PONG, rsv=0x10), 1002),
    "RSV2 of a close": (framed(b"\x03\xe8", CLOSE, rsv=0x20), 1002),
    "RSV1 of a fragment": (framed(b"{", fin=0) + framed(b"}", 0, rsv=0x40), 1002),
    "RSV1 of a binary frame": (framed(b"", BINARY, rsv=0x40), 1002),
    # section 5.2: opcodes that nobody has defined
    **{f"opcode {opcode:x}": (framed(b"", opcode), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    # section 5.1: clients mask
    "no mask": (bytes([FIN | TEXT, len(HELLO)]) + HELLO, 1002),
    "a ping without a mask": (bytes([FIN | PING, 0]), 1002),
    # section 5.2: lengths in their shortest form, and of at most 63 bits
    "16 bits for a short length": (struct.pack("!BBH", FIN | TEXT, MASKED | 126, 125) + MASK, 1002),
    "64 bits for a short length": (struct.pack("!BBQ", FIN | TEXT, MASKED | 127, 65535) + MASK, 1002),
    "the top bit of 64": (struct.pack("!BBQ", FIN | TEXT, MASKED | 127, 1 << 63) + MASK, 1002),
    "all bits of 64": (struct.pack("!BBQ", FIN | TEXT, MASKED | 127, (1 << 64) - 1) + MASK, 1002),
    "more than anyone has": (struct.pack("!BBQ", FIN | TEXT, MASKED | 127, 1 << 62) + MASK, 1009),
    # section 5.5: control frames are short and whole
    "a ping of 126 bytes": (framed(b"x" * 126, PING), 1002),
    "a pong of 126 bytes": (framed(b"x" * 126, PONG), 1002),
    "a close of 126 bytes": (framed(b"\x03\xe8" + b"x" * 124, CLOSE), 1002),
    "a ping in fragments": (framed(b"", PING, fin=0), 1002),
    "a close in fragments": (framed(b"\x03\xe8", CLOSE, fin=0), 1002),
    # section 5.4: fragments in their order
    "a continuation of nothing": (framed(b"x", 0), 1002),
    "a continuation of a whole message": (framed(HELLO) + framed(b"x", 0), 1002),
    "a text inside a fragmented one": (framed(b"{", fin=0) + framed(b"{}"), 1002),
    "a beginning inside a fragmented one": (framed(b"{", fin=0) + framed(b"{", fin=0), 1002),
    "a continuation of nothing that goes on": (framed(b"x", 0, fin=0), 1002),
    # section 8.1: text is UTF-8
    "a byte that is no UTF-8": (framed(b'{"t":"hello","name":"\xff"}'), 1007),
    "nothing but such bytes": (framed(b"\xff\xfe"), 1007),
    "half a letter": (framed(b'{"t":"hello","name":"\xc3"}'), 1007),
    "a surrogate": (framed(b'{"t":"hello","name":"\xed\xa0\x80"}'), 1007),
    "a letter in too long a form": (framed(b'{"t":"hello","name":"\xc0\xaf"}'), 1007),
    "in arguments, which are passed on": (framed(HELLO) + framed(b'{"t":"do","n":1,"c":"a","a":["\xff"]}'), 1007),
    "in a field that is not known": (framed(b'{"t":"hello","room":"dots","name":"raw","more":"\xff"}'), 1007),
    "half a letter at the end of the last fragment": (framed(b'{"a":"\xc3', fin=0) + framed(b'"}', 0), 1007),
    # sections 5.5.1 and 7.4: codes of a close
    "a close of one byte": (framed(b"\x03", CLOSE), 1002),
    "a reason that is no UTF-8": (closing(1000, b"\xff"), 1007),
    **{
        f"close code {code}": (closing(code), 1002)
        for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 10000, 65535)
    },
}


@pytest.mark.parametrize(("sent", "code"), BROKEN.values(), ids=BROKEN)
def test_a_client_that_breaks_a_rule_is_told_which_by_the_close_code(
    server: RunningServer, sent: bytes, code: int
) -> None:
    with Raw(server) as raw, Foreign(server) as other:
        raw.socket.sendall(sent)
        assert close_code(raw) == code
        other.hello("red")  # and nobody else notices


GOOD = {
    "no code": (framed(b"", CLOSE), 1000),
    **{f"close code {code}": (closing(code), code) for code in (1000, 1001, 1002, 1003, *range(1007, 1015))},
    **{f"close code {code}": (closing(code), code) for code in (3000, 3999, 4000, 4403, 4999)},
    "a reason": (closing(1000, "até já 🐢".encode()), 1000),
    "the longest reason": (closing(1001, b"x" * 123), 1001),
}


@pytest.mark.parametrize(("sent", "code"), GOOD.values(), ids=GOOD)
def test_a_close_as_it_should_be_is_answered_with_its_code(server: RunningServer, sent: bytes, code: int) -> None:
    with Raw(server) as raw:
        raw.socket.sendall(framed(HELLO) + sent)
        assert close_code(raw, answer=False) == code


@pytest.mark.parametrize("code", [1000, 1001])
def test_what_comes_after_a_close_does_not_count(server: RunningServer, code: int) -> None:
    after = framed(b'{"t":"do","n":1,"c":"late"}') + framed(b"", PING) + framed(b"\xff") + framed(b"{", fin=0)
    with Foreign(server) as other:
        other.hello("red")
        with Raw(server) as raw:
            raw.socket.sendall(framed(HELLO) + closing(code) + after)
            assert close_code(raw, answer=False) == code
        assert [other.hear()["t"] for _ in range(2)] == ["join", "leave" if code == 1000 else "away"]


def test_frames_that_come_with_the_handshake_count(server: RunningServer) -> None:
    with Raw(server, also=framed(HELLO) + framed(b"x" * 125, PING)) as raw:
        opcode, welcome = raw.hear() or (0, b"")
        assert (opcode, json.loads(welcome)["t"]) == (TEXT, "welcome")
        assert raw.hear() == (PONG, b"x" * 125)


@pytest.mark.parametrize("size", [1_000, 3_000, 16_000, 60_000])
def test_many_bytes_that_come_with_the_handshake_count(server: RunningServer, size: int) -> None:
    command = json.dumps({"t": "do", "n": 1, "c": "say", "a": ["x" * size]}).encode()
    with Raw(server, also=framed(HELLO) + framed(command)) as raw:
        heard = b""
        while b"say" not in heard:
            heard = (raw.hear() or pytest.fail("closed"))[1]
