"""Who lags behind the feed: it is brought up to date from the log, as far as it reads."""

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do
from roomcast.core.room.feed import CHUNK
from roomcast.core.room.wire_formats import JsonWire
from tests.core.room.feed_table import Reader, Table


@pytest.fixture
def table() -> Table:
    return Table()


def test_who_comes_back_gets_all_that_it_missed_in_order(table: Table) -> None:
    table.say(20)
    table.flush()
    back = Reader(table, "Back", seq=4)
    table.feed.add(back.cursor)
    table.say(3)
    table.flush()
    assert back.seqs() == list(range(5, 24))


def test_who_does_not_read_gets_nothing_and_then_all_of_it_in_order(table: Table) -> None:
    slow, quick = table.reader("Slow"), table.reader("Quick")
    table.flush()
    slow.stop_reading()
    for _ in range(5):
        table.say(2)
        table.flush()
    assert slow.writes == []
    assert quick.seqs() == list(range(1, 11))
    slow.read_on()
    assert slow.seqs() == list(range(1, 11))
    table.say()
    table.flush()
    assert slow.writes[-1] is quick.writes[-1]


def test_who_becomes_full_in_the_middle_of_a_flush_is_left_to_its_cursor(table: Table) -> None:
    full, other = table.reader("Full"), table.reader("Other")
    table.flush()
    full.room = 0
    table.say(3)
    table.flush()
    table.say(3)
    table.flush()
    assert full.seqs() == [1, 2, 3]
    assert other.seqs() == [1, 2, 3, 4, 5, 6]
    full.room = 10**9
    full.read_on()
    assert full.seqs() == other.seqs()


def test_what_was_missed_comes_in_pieces_so_that_one_who_is_full_again_stops(table: Table) -> None:
    reader = table.reader()
    table.flush()
    reader.stop_reading()
    table.say(40, size=CHUNK // 10)
    table.flush()
    reader.room = CHUNK // 2
    taken = 0
    while len(reader.seqs()) < 40:
        reader.read_on()
        assert all(len(data) <= CHUNK + 1000 for data in reader.writes)
        assert len(reader.writes) == taken + 1, "wrote on to one who is full"
        taken += 1
    assert reader.seqs() == list(range(1, 41))


def test_pieces_for_those_behind_are_made_once_wherever_each_of_them_fell_behind(table: Table) -> None:
    made: list[int] = []

    def counting(payload: bytes) -> bytes:
        made.append(len(payload))
        return payload + b"\n"

    wire = JsonWire(counting)
    readers = [table.reader(f"Eve-{number}", wire) for number in range(50)]
    table.flush()
    for reader in readers:
        reader.stop_reading()
        table.say(3, size=100)
        table.flush()
    table.say(5000, size=100)
    table.flush()
    made.clear()
    for reader in readers:
        reader.read_on()
        assert reader.seqs() == list(range(1, 5151))
    pieces = max(len(reader.writes) for reader in readers)
    assert len(made) < len(readers) + 2 * pieces, "each has a first piece of its own; the rest is for all"


def test_pieces_shared_by_those_behind_show_each_only_what_is_for_it(table: Table) -> None:
    readers = [table.reader(player) for player in ("Ada", "Eve", "Mallory")]
    table.flush()
    for reader in readers:
        reader.stop_reading()
    for _ in range(400):
        table.say(2, size=100)
        table.say(1, size=100, to=("Eve",))
        table.flush()
    seen = {}
    for reader in readers:
        reader.read_on()
        assert reader.seqs() == list(range(1, 1201))
        lines = [line for data in reader.writes for line in codec.lines_of(data)]
        seen[reader.cursor.player] = sum(isinstance(codec.decode_server(line), Do) for line in lines)
    assert seen == {"Ada": 1200, "Eve": 1200, "Mallory": 800}


@pytest.mark.parametrize("private", [False, True])
def test_pieces_for_those_behind_take_no_more_memory_than_the_log(table: Table, private: bool) -> None:
    readers = [table.reader(f"Eve-{number}") for number in range(60)]
    table.flush()
    for number, reader in enumerate(readers):
        table.say(10, size=100, to=(f"Eve-{number}",) if private else None)
        table.flush()
        reader.stop_reading()
    table.say(300, size=100)
    for number in range(60):
        table.say(5, size=100, to=(f"Eve-{number}",) if private else None)
    table.flush()
    feed, most = table.feed, 0
    for reader in readers[:-1]:  # the last one does not read, so all pieces are kept
        reader.read_on()
        most = max(most, sum(len(data) + _made(views) for _, data, views in feed._pieces.values()))
    assert CHUNK < most < table.log.size + 4 * CHUNK, "what is kept for them, and at most the pieces of one reader"


def _made(views: object) -> int:
    return 0 if views is None else sum(map(len, views._made.values()))  # type: ignore[attr-defined]  # JSON's
