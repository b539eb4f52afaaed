"""The starter protocol's codec: lines come out the same however they are cut, and never with a line end inside.

In every dialect, too.
"""

from __future__ import annotations

from roomcast.core.protocol import line_protocol
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.line_codec import STANDARD, LineCodec
from roomcast.core.protocol.line_dialect import parse_dialect
from roomcast.core.protocol.messages import Do
from roomcast.core.protocol.names import PARCEL, STARTER_WORDS, check_command
from roomcast.errors import BadArgument, ProtocolError
from tests.fuzz.json_codec import check_complaint, check_line

DIALECTS = tuple(
    parse_dialect(text)
    for text in ("older,echo", "older,unended", "numbers=1,newPlayer=red/blue", "rename=move:jump,wait=2 go,bare=say")
)
LIMIT = 60  # bytes of a line: small, so that short inputs reach it


def lines(data: bytes) -> None:
    """Read bytes as a server does, in several ways, and pass each line on as a command."""
    whole = _fed([data])
    assert _fed([data[at : at + 1] for at in range(len(data))]) == whole
    cut = data[0] % (len(data) + 1) if data else 0
    assert _fed([data[:cut], b"", data[cut:]]) == whole
    for line in whole[0]:
        _pass_on(line)
    for dialect in DIALECTS:
        _speak(LineCodec(dialect, ("Ada", "Alan")), data)


def _speak(lines: LineCodec, data: bytes) -> None:
    """Whatever is said in a dialect is one line at most for the others, and never in the server's voice."""
    reader = lines.reader(Limits(message_size=LIMIT))
    try:
        for line in reader.feed(data):
            lines.check(line)
            if words := lines.words(line):
                command = check_command(words[0])
                said = lines.render(Do(1, "Ada", 0, command, line_protocol.arguments(words[1:])))
                check_line(said)
                assert said.split(b" ")[0] not in (b"newPlayer", b"myIDis", b"go", b"go\n")
    except ProtocolError as error:
        check_complaint(error)
    except BadArgument:
        pass


def _fed(pieces: list[bytes]) -> tuple[list[bytes], str]:
    """All lines that come out, and the code of the error that ends them, if one does."""
    reader = line_protocol.LineReader(Limits(message_size=LIMIT))
    out: list[bytes] = []
    try:
        for piece in pieces:
            out.extend(reader.feed(piece))
    except ProtocolError as error:
        check_complaint(error)
        return out, error.code
    assert all(b"\n" not in line and len(line) <= LIMIT for line in out)
    return out, ""


def _pass_on(line: bytes) -> None:
    try:
        words = line_protocol.parse(line)
    except ProtocolError as error:
        check_complaint(error)
        return
    assert all(words)
    assert not any(" " in word or "\n" in word for word in words)
    check_line(line_protocol.complaint(line.decode()))
    if not words:
        return
    try:
        command = check_command(words[0])
    except BadArgument:
        return
    said = STANDARD.render(Do(1, "Ada", 0, command, line_protocol.arguments(words[1:])))
    check_line(said)
    if command in STARTER_WORDS or command == PARCEL:
        assert said == b""
    elif all(word.isprintable() for word in words):
        assert line_protocol.parse(said[:-1]) == [command, "Ada", *words[1:]], "what one says is what the others hear"
