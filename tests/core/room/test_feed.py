"""The feed: who gets which entries, and when. A connection is a cursor on the log."""

from collections.abc import Iterable

import msgspec
import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Skipped, Snapshot
from roomcast.core.room.connection import Connection
from roomcast.core.room.feed import CHUNK, LARGE, MANY, Cursor, Feed
from roomcast.core.room.log import Log
from roomcast.core.room.wire_formats import JsonWire, LineWire, one_by_one

JSON = JsonWire(lambda payload: payload + b"\n")
LINES = LineWire()


class Reader:
    """A connection that knows which entries it was given; `room` is how many bytes it takes before it is full."""

    def __init__(self, table: "Table", player: str, seq: int = 0, wire: JsonWire | LineWire = JSON) -> None:
        self.table = table
        self.cursor = Cursor(self, wire, player, seq)  # type: ignore[arg-type]  # as much as is used
        self.writes: list[bytes] = []
        self.room = 10**9
        self.reads_within_write = False

    def write(self, data: bytes) -> None:
        self.writes.append(data)
        if len(data) > self.room:
            self.table.feed.pause(self.cursor)
            if self.reads_within_write:
                self.table.feed.resume(self.cursor)

    def seqs(self) -> list[int | tuple[int, int]]:
        """The seqs of all entries written so far; what was skipped as a pair."""
        found: list[int | tuple[int, int]] = []
        for data in self.writes:
            for line in codec.lines_of(data):
                message = codec.decode_server(line)
                found.append((message.first, message.last) if isinstance(message, Skipped) else message.s)  # type: ignore[union-attr]
        return found


class Table:
    """A feed, its log, and readers around it."""

    def __init__(self, kept: int = 10_000, kept_bytes: int = 10**9) -> None:
        self.log = Log()
        self.feed = Feed(self.log, self._skip, (kept, kept_bytes))

    def _skip(self, cursor: Cursor) -> Skipped:
        return Skipped(cursor.seq + 1, self.log.last, Snapshot(), 0)

    def say(self, count: int = 1, by: str = "Ada", size: int = 1, to: tuple[str, ...] | None = None) -> None:
        for _ in range(count):
            entry = Do(self.log.last + 1, by, 0, "say", msgspec.Raw(codec.encode(["x" * size])), 1, to)
            line = codec.encode(entry)
            if to is None:
                self.log.append(entry.s, line)
            else:
                self.log.append(entry.s, codec.hidden(entry.s), line)

    def reader(self, player: str = "Eve", wire: JsonWire | LineWire = JSON) -> Reader:
        """One who reads from now on."""
        reader = Reader(self, player, self.log.last, wire)
        self.feed.add(reader.cursor)
        return reader


@pytest.fixture
def table() -> Table:
    return Table()


def test_all_who_are_up_to_date_get_the_very_same_bytes_in_one_write(table: Table) -> None:
    readers = [table.reader(f"player{number}") for number in range(5)]
    table.feed.flush(table.log.last)
    for _ in range(3):
        table.say(7)
        table.feed.flush(table.log.last)
    for reader in readers:
        assert len(reader.writes) == 3
        assert reader.seqs() == list(range(1, 22))
        for mine, first in zip(reader.writes, readers[0].writes, strict=True):
            assert mine is first


def test_each_kind_of_wire_has_its_own_bytes_the_same_for_all_of_its_kind(table: Table) -> None:
    old, other = table.reader("Old", LINES), table.reader("Other", LINES)
    new = table.reader("New")
    table.feed.flush(table.log.last)
    table.say(2)
    table.feed.flush(table.log.last)
    assert old.writes == [b"say Ada x\nsay Ada x\n"]
    assert old.writes[0] is other.writes[0]
    assert new.seqs() == [1, 2]


def test_nothing_new_is_no_write_at_all(table: Table) -> None:
    reader = table.reader()
    for _ in range(3):
        table.feed.flush(table.log.last)
    table.say()
    table.feed.flush(table.log.last)
    table.feed.flush(table.log.last)
    assert len(reader.writes) == 1


def test_where_there_is_no_word_for_an_entry_nothing_is_written(table: Table) -> None:
    old = table.reader("Old", LINES)
    table.feed.flush(table.log.last)
    table.say(by="Old")
    table.say(to=("New",))
    table.feed.flush(table.log.last)
    assert old.writes == []
    table.say()
    table.feed.flush(table.log.last)
    assert old.writes == [b"say Ada x\n"]


def test_only_those_who_see_something_else_get_bytes_of_their_own(table: Table) -> None:
    ada, alan, eve, mallory = (table.reader(who) for who in ("Ada", "Alan", "Eve", "Mallory"))
    table.feed.flush(table.log.last)
    table.say(by="Ada", to=("Alan",))
    table.feed.flush(table.log.last)
    assert eve.writes == mallory.writes == [codec.hidden(1) + b"\n"]
    assert eve.writes[0] is mallory.writes[0]
    assert b"say" in ada.writes[0]
    assert ada.writes == alan.writes


def test_who_comes_between_two_flushes_gets_exactly_what_comes_after(table: Table) -> None:
    first = table.reader("First")
    table.feed.flush(table.log.last)
    table.say(3)
    second = table.reader("Second")
    table.say(2)
    third = table.reader("Third")
    table.feed.flush(table.log.last)
    assert (first.seqs(), second.seqs(), third.seqs()) == ([1, 2, 3, 4, 5], [4, 5], [])
    table.say()
    table.feed.flush(table.log.last)
    assert (first.seqs()[-1], second.seqs()[-1], third.seqs()) == (6, 6, [6])


def test_who_comes_back_gets_all_that_it_missed_in_order(table: Table) -> None:
    table.say(20)
    table.feed.flush(table.log.last)
    back = Reader(table, "Back", seq=4)
    table.feed.add(back.cursor)
    table.say(3)
    table.feed.flush(table.log.last)
    assert back.seqs() == list(range(5, 24))


def test_who_does_not_read_gets_nothing_and_then_all_of_it_in_order(table: Table) -> None:
    slow, quick = table.reader("Slow"), table.reader("Quick")
    table.feed.flush(table.log.last)
    table.feed.pause(slow.cursor)
    for _ in range(5):
        table.say(2)
        table.feed.flush(table.log.last)
    assert slow.writes == []
    assert quick.seqs() == list(range(1, 11))
    table.feed.resume(slow.cursor)
    assert slow.seqs() == list(range(1, 11))
    table.say()
    table.feed.flush(table.log.last)
    assert slow.writes[-1] is quick.writes[-1]


def test_who_becomes_full_in_the_middle_of_a_flush_is_left_to_its_cursor(table: Table) -> None:
    full, other = table.reader("Full"), table.reader("Other")
    table.feed.flush(table.log.last)
    full.room = 0
    table.say(3)
    table.feed.flush(table.log.last)
    table.say(3)
    table.feed.flush(table.log.last)
    assert full.seqs() == [1, 2, 3]
    assert other.seqs() == [1, 2, 3, 4, 5, 6]
    full.room = 10**9
    table.feed.resume(full.cursor)
    assert full.seqs() == other.seqs()


def test_who_is_full_and_reads_on_within_the_same_write_misses_nothing(table: Table) -> None:
    reader = table.reader()
    reader.room, reader.reads_within_write = 0, True
    table.feed.flush(table.log.last)
    for count in range(1, 5):
        table.say(count)
        table.feed.flush(table.log.last)
    assert reader.seqs() == list(range(1, 11))


def test_what_was_missed_comes_in_pieces_so_that_one_who_is_full_again_stops(table: Table) -> None:
    reader = table.reader()
    table.feed.flush(table.log.last)
    table.feed.pause(reader.cursor)
    table.say(40, size=CHUNK // 10)
    table.feed.flush(table.log.last)
    reader.room = CHUNK // 2
    taken = 0
    while len(reader.seqs()) < 40:
        table.feed.resume(reader.cursor)
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
    table.feed.flush(table.log.last)
    for reader in readers:
        table.feed.pause(reader.cursor)
        table.say(3, size=100)
        table.feed.flush(table.log.last)
    table.say(5000, size=100)
    table.feed.flush(table.log.last)
    made.clear()
    for reader in readers:
        table.feed.resume(reader.cursor)
        assert reader.seqs() == list(range(1, 5151))
    pieces = max(len(reader.writes) for reader in readers)
    assert len(made) < len(readers) + 2 * pieces, "each has a first piece of its own; the rest is for all"


def test_pieces_shared_by_those_behind_show_each_only_what_is_for_it(table: Table) -> None:
    readers = [table.reader(player) for player in ("Ada", "Eve", "Mallory")]
    table.feed.flush(table.log.last)
    for reader in readers:
        table.feed.pause(reader.cursor)
    for _ in range(400):
        table.say(2, size=100)
        table.say(1, size=100, to=("Eve",))
        table.feed.flush(table.log.last)
    seen = {}
    for reader in readers:
        table.feed.resume(reader.cursor)
        assert reader.seqs() == list(range(1, 1201))
        lines = [line for data in reader.writes for line in codec.lines_of(data)]
        seen[reader.cursor.player] = sum(isinstance(codec.decode_server(line), Do) for line in lines)
    assert seen == {"Ada": 1200, "Eve": 1200, "Mallory": 800}


def test_a_large_batch_is_left_to_the_transport_where_it_is_for_many(table: Table) -> None:
    spreads: list[tuple[int, int]] = []

    def spread(data: bytes, connections: Iterable[Connection]) -> None:
        connections = list(connections)
        spreads.append((len(data), len(connections)))
        one_by_one(data, connections)

    wire = JsonWire(lambda payload: payload + b"\n", spread)
    readers = [table.reader(f"Eve-{number}", wire) for number in range(MANY)]
    table.feed.flush(table.log.last)
    table.say(10, size=10)
    table.feed.flush(table.log.last)
    table.say(1, size=LARGE)
    readers[0].room = 1000  # full when it has taken this one
    table.feed.flush(table.log.last)
    assert spreads == [(len(readers[0].writes[-1]), MANY)]
    table.say(1, size=LARGE)
    table.feed.flush(table.log.last)
    table.feed.resume(readers[0].cursor)
    assert len(spreads) == 1, "too few are left for that"
    assert all(reader.seqs() == list(range(1, 13)) for reader in readers)


def test_who_falls_off_the_kept_part_is_told_and_goes_on_from_a_snapshot() -> None:
    table = Table(kept=10)
    slow = table.reader("Slow")
    table.feed.flush(table.log.last)
    table.say(2)
    table.feed.flush(table.log.last)
    table.feed.pause(slow.cursor)
    table.say(30)
    table.feed.flush(table.log.last)
    assert table.log.first > 3
    table.feed.resume(slow.cursor)
    table.say(2)
    table.feed.flush(table.log.last)
    assert slow.seqs() == [1, 2, (3, 32), 33, 34]


def test_who_skips_between_two_flushes_goes_on_exactly_after_the_snapshot() -> None:
    table = Table(kept=5)
    slow, quick = table.reader("Slow"), table.reader("Quick")
    table.feed.flush(table.log.last)
    table.feed.pause(slow.cursor)
    table.say(30)
    table.feed.flush(table.log.last)
    table.say(4)  # in the log, and in the snapshot, but not flushed yet
    table.feed.resume(slow.cursor)
    assert slow.seqs() == [(1, 34)]
    table.say(1)
    table.feed.flush(table.log.last)
    table.say(1)
    table.feed.flush(table.log.last)
    assert slow.seqs() == [(1, 34), 35, 36]
    assert quick.seqs() == list(range(1, 37))


def test_a_starter_client_that_skips_reads_no_json() -> None:
    table = Table(kept=5)
    old = table.reader("Old", LINES)
    table.feed.flush(table.log.last)
    table.feed.pause(old.cursor)
    table.say(30)
    table.feed.flush(table.log.last)
    table.feed.resume(old.cursor)
    table.say()
    table.feed.flush(table.log.last)
    assert b"".join(old.writes) == b"say Ada x\n"


def test_the_log_keeps_what_is_not_flushed_however_much_it_is() -> None:
    table = Table(kept=5)
    reader = table.reader()
    table.feed.flush(table.log.last)
    table.say(100)
    table.feed.flush(table.log.last)
    assert reader.seqs() == list(range(1, 101))
    assert len(table.log) == 5


def test_who_is_removed_gets_nothing_more(table: Table) -> None:
    ready, behind, new = table.reader("Ready"), table.reader("Behind"), table.reader("New")
    table.feed.remove(new.cursor)
    table.feed.flush(table.log.last)
    table.feed.pause(behind.cursor)
    table.feed.remove(ready.cursor)
    table.feed.remove(behind.cursor)
    table.say()
    table.feed.flush(table.log.last)
    table.feed.resume(behind.cursor)
    assert ready.writes == behind.writes == new.writes == []


def test_copies_are_counted(table: Table) -> None:
    readers = [table.reader(f"player{number}") for number in range(3)]
    table.feed.flush(table.log.last)
    table.say(4)
    table.feed.flush(table.log.last)
    assert table.feed.copies == 12 == sum(len(reader.seqs()) for reader in readers)
    table.feed.pause(readers[0].cursor)
    table.say(2)
    table.feed.flush(table.log.last)
    assert table.feed.copies == 16
    table.feed.resume(readers[0].cursor)
    assert table.feed.copies == 18
