"""How entries are written: as JSON lines in frames, and as lines of the starter protocol."""

import msgspec
import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import AnyEntry, Do, Join, PlayerRecord, Set, Skipped, Snapshot
from roomcast.core.room.log import Log, private_line
from roomcast.core.room.wire_formats import JsonWire, LineWire
from tests.core.entries import raw


def log_of(*entries: AnyEntry) -> Log:
    """A log as a room writes it: private commands are hidden from those who may not see them."""
    log = Log()
    for entry in entries:
        line = codec.encode(entry)
        if isinstance(entry, Do) and entry.to is not None:
            log.append(entry.s, codec.hidden(entry.s, entry.at), private_line(line))
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
    Set(5, "Alan", 0, "me", raw({"x": 1})),
)


@pytest.fixture
def json_wire() -> JsonWire:
    return JsonWire(lambda payload: b"<" + payload + b">")


def commands(data: bytes) -> list[str]:
    """The kinds of entries in a frame; commands with what they say."""
    messages = [codec.decode_server(line) for line in codec.lines_of(data[1:-1])]
    return [bytes(memoryview(m.a)).decode() if isinstance(m, Do) else type(m).__name__ for m in messages]


COMMON = b"what everyone sees"


def seen(wire: JsonWire | LineWire, after: int, upto: int, player: str, began: int = 0) -> bytes:
    """What a player is sent of a range of the log; `COMMON` where that is what everyone sees."""
    _, views = wire.render(LOG, after, upto)
    return COMMON if views is None else views.get(player, began, COMMON)


def test_a_frame_holds_the_lines_of_the_log(json_wire: JsonWire) -> None:
    assert json_wire.render(LOG, 0, 2)[0] == b"<" + b"\n".join(LOG.lines(0, 2)) + b">"
    assert json_wire.render(LOG, 0, 2)[1] is None


def test_readers_of_different_private_commands_in_one_flush_each_see_their_own(json_wire: JsonWire) -> None:
    log = log_of(say(1, "Eve", "one", to=("Alan",)), say(2, "Eve", "two", to=("Barbara",)))
    common, views = json_wire.render(log, 0, 2)
    assert views is not None
    assert commands(views.get("Alan", 0, common)) == ['["one"]', "Hidden"]
    assert commands(views.get("Barbara", 0, common)) == ["Hidden", '["two"]']
    assert commands(views.get("Eve", 0, common)) == ['["one"]', '["two"]']


def test_private_commands_are_hidden_from_all_but_their_readers(json_wire: JsonWire) -> None:
    assert commands(json_wire.render(LOG, 0, 5)[0]) == ["Join", '["all"]', "Hidden", "Hidden", "Set"]
    assert commands(seen(json_wire, 0, 5, "Alan")) == ["Join", '["all"]', '["secret"]', "Hidden", "Set"]
    assert commands(seen(json_wire, 0, 5, "Ada")) == ["Join", '["all"]', '["secret"]', "Hidden", "Set"]
    assert commands(seen(json_wire, 0, 5, "Barbara")) == ["Join", '["all"]', "Hidden", '["mine"]', "Set"]
    assert seen(json_wire, 0, 5, "Eve") == COMMON
    assert seen(json_wire, 2, 3, "Barbara") == seen(json_wire, 3, 4, "Alan") == COMMON


def test_what_one_player_reads_does_not_change_the_log(json_wire: JsonWire) -> None:
    before = LOG.lines(0, 5)
    seen(json_wire, 0, 5, "Alan")
    assert LOG.lines(0, 5) == before


def test_a_player_who_is_named_twice_reads_a_command_once(json_wire: JsonWire) -> None:
    log = log_of(say(1, "Ada", "twice", to=("Alan", "Alan", "Ada")))
    _, views = json_wire.render(log, 0, 1)
    assert views is not None
    assert commands(views.get("Alan", 0, COMMON)) == commands(views.get("Ada", 0, COMMON)) == ['["twice"]']


def test_a_starter_client_reads_what_it_has_words_for() -> None:
    assert LineWire().render(LOG, 0, 5)[0] == b"newPlayer Ada\nsay Ada all\n"


def test_a_starter_client_never_reads_what_it_sent_itself() -> None:
    wire = LineWire()
    assert seen(wire, 0, 5, "Ada") == b""
    assert seen(wire, 0, 5, "Barbara") == b"newPlayer Ada\nsay Ada all\n"
    assert seen(wire, 0, 2, "Alan") == COMMON


def test_a_starter_client_reads_private_commands_that_are_for_it() -> None:
    wire = LineWire()
    assert seen(wire, 0, 5, "Alan") == b"newPlayer Ada\nsay Ada all\nsay Ada secret\n"
    assert seen(wire, 2, 4, "Eve") == COMMON
    assert wire.render(LOG, 2, 4)[0] == b""


def test_lines_are_made_anew_for_another_log_and_another_stretch() -> None:
    wire = LineWire()
    other = log_of(say(1, "Alan", "one"), say(2, "Alan", "two"))
    assert wire.render(LOG, 0, 2)[0] == b"newPlayer Ada\nsay Ada all\n"
    assert wire.render(other, 0, 2)[0] == b"say Alan one\nsay Alan two\n"
    assert wire.render(other, 1, 2)[0] == b"say Alan two\n"
    assert wire.render(LOG, 0, 2)[0] == b"newPlayer Ada\nsay Ada all\n"


def test_who_skipped_is_told_in_the_words_of_its_own_protocol(json_wire: JsonWire) -> None:
    players = (PlayerRecord("Ada", "Ada"), PlayerRecord("Alan", "Alan"))
    skipped = Skipped(3, 90, Snapshot(players), 7)
    assert json_wire.skipped(skipped, "Alan") == b"<" + codec.encode(skipped) + b">"
    assert LineWire().skipped(skipped, "Alan") == b"newPlayer Ada\n"


def test_packed_lines_are_one_piece(json_wire: JsonWire) -> None:
    assert json_wire.pack([b"{}", b"{}"]) == b"<{}\n{}>"
    assert LineWire().pack([b"a\n", b"b\n"]) == b"a\nb\n"
