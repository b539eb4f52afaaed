"""How entries are written: as JSON lines in frames, and as lines of the starter protocol."""

import msgspec
import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do, Join, PlayerRecord, Set, Skipped, Snapshot
from roomcast.core.room.log import Log
from roomcast.core.room.wire_formats import JsonWire, LineWire


def log_of(*entries: AnyEntry) -> Log:
    """A log as a room writes it: private commands are hidden from those who may not see them."""
    log = Log()
    for entry in entries:
        line = codec.encode(entry)
        if isinstance(entry, Do) and entry.to is not None:
            log.append(entry.s, codec.hidden(entry.s), line)
        else:
            log.append(entry.s, line)
    return log


def say(seq: int, by: str, text: str, to: tuple[str, ...] | None = None) -> Do:
    return Do(seq, by, 0, "say", msgspec.Raw(codec.encode([text])), seq, to)


LOG = log_of(
    Join(1, "Ada", 0, "Ada"),
    say(2, "Ada", "all"),
    say(3, "Ada", "secret", to=("Alan",)),
    say(4, "Barbara", "mine", to=()),
    Set(5, "Alan", 0, "me", {"x": 1}),
)


@pytest.fixture
def json_wire() -> JsonWire:
    return JsonWire(lambda payload: b"<" + payload + b">")


def commands(data: bytes) -> list[str]:
    """The kinds of entries in a frame; commands with what they say."""
    messages = [codec.decode_server(line) for line in codec.lines_of(data[1:-1])]
    return [bytes(memoryview(m.a)).decode() if isinstance(m, Do) else type(m).__name__ for m in messages]


def test_a_frame_holds_the_lines_of_the_log(json_wire: JsonWire) -> None:
    assert json_wire.common(LOG, 0, 2) == b"<" + b"\n".join(LOG.lines(0, 2)) + b">"
    assert json_wire.special(LOG, 0, 2) == set()


def test_private_commands_are_hidden_from_all_but_their_own_people(json_wire: JsonWire) -> None:
    assert commands(json_wire.common(LOG, 0, 5)) == ["Join", '["all"]', "Hidden", "Hidden", "Set"]
    assert json_wire.special(LOG, 0, 5) == {"Ada", "Alan", "Barbara"}
    assert json_wire.special(LOG, 2, 3) == {"Ada", "Alan"}
    assert json_wire.special(LOG, 3, 4) == {"Barbara"}
    assert commands(json_wire.personal(LOG, 0, 5, "Alan")) == ["Join", '["all"]', '["secret"]', "Hidden", "Set"]
    assert commands(json_wire.personal(LOG, 0, 5, "Ada")) == ["Join", '["all"]', '["secret"]', "Hidden", "Set"]
    assert commands(json_wire.personal(LOG, 0, 5, "Barbara")) == ["Join", '["all"]', "Hidden", '["mine"]', "Set"]
    assert commands(json_wire.personal(LOG, 0, 5, "Eve")) == ["Join", '["all"]', "Hidden", "Hidden", "Set"]


def test_what_one_player_reads_does_not_change_the_log(json_wire: JsonWire) -> None:
    before = LOG.lines(0, 5)
    json_wire.personal(LOG, 0, 5, "Alan")
    assert LOG.lines(0, 5) == before


def test_a_starter_client_reads_what_it_has_words_for() -> None:
    assert LineWire().common(LOG, 0, 5) == b"newPlayer Ada\nsay Ada all\n"


def test_a_starter_client_never_reads_what_it_sent_itself() -> None:
    wire = LineWire()
    assert wire.special(LOG, 0, 2) == {"Ada"}
    assert wire.personal(LOG, 0, 5, "Ada") == b""
    assert wire.personal(LOG, 0, 5, "Barbara") == b"newPlayer Ada\nsay Ada all\n"


def test_a_starter_client_reads_private_commands_that_are_for_it() -> None:
    wire = LineWire()
    assert wire.special(LOG, 2, 3) == {"Ada", "Alan"}
    assert wire.personal(LOG, 0, 5, "Alan") == b"newPlayer Ada\nsay Ada all\nsay Ada secret\n"
    assert wire.personal(LOG, 2, 4, "Eve") == b""


def test_lines_are_made_anew_for_another_log_and_another_stretch() -> None:
    wire = LineWire()
    other = log_of(say(1, "Alan", "one"), say(2, "Alan", "two"))
    assert wire.common(LOG, 0, 2) == b"newPlayer Ada\nsay Ada all\n"
    assert wire.common(other, 0, 2) == b"say Alan one\nsay Alan two\n"
    assert wire.common(other, 1, 2) == b"say Alan two\n"
    assert wire.common(LOG, 0, 2) == b"newPlayer Ada\nsay Ada all\n"


def test_who_skipped_is_told_in_the_words_of_its_own_protocol(json_wire: JsonWire) -> None:
    players = (PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan"))
    skipped = Skipped(3, 90, Snapshot(players), 7)
    assert json_wire.skipped(skipped, "Alan") == b"<" + codec.encode(skipped) + b">"
    assert LineWire().skipped(skipped, "Alan") == b"newPlayer Ada\n"


def test_packed_lines_are_one_piece(json_wire: JsonWire) -> None:
    assert json_wire.pack([b"{}", b"{}"]) == b"<{}\n{}>"
    assert LineWire().pack([b"a\n", b"b\n"]) == b"a\nb\n"
