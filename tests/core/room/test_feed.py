"""The feed: who gets which entries, and when. A connection is a cursor on the log."""

import msgspec
import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import Limits
from roomcast.core.protocol.messages import Do, Skipped
from roomcast.core.room.feed import CHUNK, Cursor, Feed
from roomcast.core.room.fold import EMPTY
from roomcast.core.room.log import Log, private_line
from roomcast.core.room.reader_starts import ReaderStarts
from roomcast.core.room.seats import Seats
from roomcast.core.room.starting_points import StartingPoints
from roomcast.core.room.wire_formats import JsonWire, LineWire
from roomcast.core.room.worlds import Worlds
from roomcast.storage.memory import MemoryCommitLog

JSON = JsonWire(lambda payload: payload + b"\n")
LINES = LineWire()


class Reader:
    """A connection that knows which entries it was given; `room` is how many bytes it takes before it is behind."""

    def __init__(self, table: "Table", player: str, seq: int = 0, wire: JsonWire | LineWire = JSON) -> None:
        self.table = table
        self.cursor = Cursor(self, wire, player, seq)  # type: ignore[arg-type]  # as much as is used
        self.session = table.seats.sessions.get(player) or table.seats.add(player, "", 0.0, player, 0)
        self.session.cursor = self.cursor
        self.writes: list[bytes] = []
        self.room = 10**9
        self.behind = False

    def write(self, data: bytes) -> bool:
        self.writes.append(data)
        if len(data) > self.room:
            self.behind = True
        return not self.behind

    def stop_reading(self) -> None:
        self.behind = True
        self.table.feed.fall_behind(self.cursor)

    def read_on(self) -> None:
        self.behind = False
        self.table.feed.resume(self.cursor)
        if self.table.feed.stranded:
            self.table.deliver(self.table.feed.flushed)

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
        self.commits = MemoryCommitLog("dots")
        self.seats = Seats("dots", Limits(), self.commits)
        self.feed = Feed(self.log, (kept, kept_bytes))
        self.starts = ReaderStarts(
            "dots", self.log, self.feed, self.seats, self.commits, StartingPoints(kept), Worlds(Limits())
        )

    def flush(self) -> None:
        """Commit all, and deliver it."""
        self.commits.committed = self.log.last
        self.deliver(self.log.last)

    def deliver(self, upto: int) -> None:
        self.starts.begin(upto, 0.0)
        self.feed.flush(upto)
        self.starts.start_again(EMPTY)

    def say(self, count: int = 1, by: str = "Ada", size: int = 1, to: tuple[str, ...] | None = None) -> None:
        for _ in range(count):
            entry = Do(self.log.last + 1, by, 0, "say", msgspec.Raw(codec.encode(["x" * size])), 1, to)
            line = codec.encode(entry)
            if to is None:
                self.log.append(entry.s, line)
            else:
                self.log.append(entry.s, codec.hidden(entry.s, entry.at), private_line(line))

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
    table.flush()
    for _ in range(3):
        table.say(7)
        table.flush()
    for reader in readers:
        assert len(reader.writes) == 3
        assert reader.seqs() == list(range(1, 22))
        for mine, first in zip(reader.writes, readers[0].writes, strict=True):
            assert mine is first


def test_each_kind_of_wire_has_its_own_bytes_the_same_for_all_of_its_kind(table: Table) -> None:
    old, other = table.reader("Old", LINES), table.reader("Other", LINES)
    new = table.reader("New")
    table.flush()
    table.say(2)
    table.flush()
    assert old.writes == [b"say Ada x\nsay Ada x\n"]
    assert old.writes[0] is other.writes[0]
    assert new.seqs() == [1, 2]


def test_nothing_new_is_no_write_at_all(table: Table) -> None:
    reader = table.reader()
    for _ in range(3):
        table.flush()
    table.say()
    table.flush()
    table.flush()
    assert len(reader.writes) == 1


def test_where_there_is_no_word_for_an_entry_nothing_is_written(table: Table) -> None:
    old = table.reader("Old", LINES)
    table.flush()
    table.say(by="Old")
    table.say(to=("New",))
    table.flush()
    assert old.writes == []
    table.say()
    table.flush()
    assert old.writes == [b"say Ada x\n"]


def test_only_those_who_see_something_else_get_bytes_of_their_own(table: Table) -> None:
    ada, alan, eve, mallory = (table.reader(who) for who in ("Ada", "Alan", "Eve", "Mallory"))
    table.flush()
    table.say(by="Ada", to=("Alan",))
    table.flush()
    assert eve.writes == mallory.writes == [codec.hidden(1, 0) + b"\n"]
    assert eve.writes[0] is mallory.writes[0]
    assert b"say" in ada.writes[0]
    assert ada.writes == alan.writes


def test_who_comes_between_two_flushes_gets_exactly_what_comes_after(table: Table) -> None:
    first = table.reader("First")
    table.flush()
    table.say(3)
    second = table.reader("Second")
    table.say(2)
    third = table.reader("Third")
    table.flush()
    assert (first.seqs(), second.seqs(), third.seqs()) == ([1, 2, 3, 4, 5], [4, 5], [])
    table.say()
    table.flush()
    assert (first.seqs()[-1], second.seqs()[-1], third.seqs()) == (6, 6, [6])


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


def test_who_falls_off_the_kept_part_is_told_and_goes_on_from_a_snapshot() -> None:
    table = Table(kept=10)
    slow = table.reader("Slow")
    table.flush()
    table.say(2)
    table.flush()
    slow.stop_reading()
    table.say(30)
    table.flush()
    assert table.log.first > 3
    slow.read_on()
    table.say(2)
    table.flush()
    assert slow.seqs() == [1, 2, (3, 32), 33, 34]


def test_who_skips_between_two_flushes_goes_on_exactly_after_the_snapshot() -> None:
    table = Table(kept=5)
    slow, quick = table.reader("Slow"), table.reader("Quick")
    table.flush()
    slow.stop_reading()
    table.say(30)
    table.flush()
    table.say(4)  # in the log, and in the snapshot, but not flushed yet
    table.commits.committed = table.log.last
    slow.read_on()
    assert slow.seqs() == [(1, 34)]
    table.say(1)
    table.flush()
    table.say(1)
    table.flush()
    assert slow.seqs() == [(1, 34), 35, 36]
    assert quick.seqs() == list(range(1, 37))


def test_a_starter_client_that_skips_reads_no_json() -> None:
    table = Table(kept=5)
    old = table.reader("Old", LINES)
    table.flush()
    old.stop_reading()
    table.say(30)
    table.flush()
    old.read_on()
    table.say()
    table.flush()
    assert b"".join(old.writes) == b"say Ada x\n"


def test_the_log_keeps_what_is_not_flushed_however_much_it_is() -> None:
    table = Table(kept=5)
    reader = table.reader()
    table.flush()
    table.say(100)
    table.flush()
    assert reader.seqs() == list(range(1, 101))
    assert len(table.log) == 5


def test_who_is_removed_gets_nothing_more(table: Table) -> None:
    ready, behind, new = table.reader("Ready"), table.reader("Behind"), table.reader("New")
    table.feed.remove(new.cursor)
    table.flush()
    behind.stop_reading()
    table.feed.remove(ready.cursor)
    table.feed.remove(behind.cursor)
    table.say()
    table.flush()
    behind.read_on()
    assert ready.writes == behind.writes == new.writes == []


def test_copies_are_counted(table: Table) -> None:
    readers = [table.reader(f"player{number}") for number in range(3)]
    table.flush()
    table.say(4)
    table.flush()
    assert table.feed.copies == 12 == sum(len(reader.seqs()) for reader in readers)
    readers[0].stop_reading()
    table.say(2)
    table.flush()
    assert table.feed.copies == 16
    readers[0].read_on()
    assert table.feed.copies == 18


def test_a_snapshot_is_of_the_newest_state_and_waits_until_that_is_committed() -> None:
    table = Table(kept=5)
    slow = table.reader("Slow")
    table.flush()
    slow.stop_reading()
    table.say(30)
    table.flush()
    table.say(4)  # not committed yet
    slow.read_on()
    assert slow.writes == []
    table.commits.committed = 32
    table.deliver(32)
    assert slow.writes == []
    table.say(1)
    table.flush()
    assert slow.seqs() == [(1, 34), 35]


def test_a_snapshot_that_waits_is_not_sent_to_a_connection_that_was_replaced() -> None:
    table = Table(kept=5)
    slow = table.reader("Slow")
    table.flush()
    slow.stop_reading()
    table.say(30)
    table.flush()
    table.say(1)
    slow.read_on()
    table.feed.remove(slow.cursor)
    newer = Reader(table, "Slow", seq=31)
    table.feed.add(newer.cursor)
    table.flush()
    assert slow.writes == []
    assert newer.seqs() == []


@pytest.mark.parametrize("to", [("Ada",), ("Eve-1", "Eve-2"), tuple(f"Eve-{number}" for number in range(20))])
def test_private_entries_are_not_decoded_again_for_each_reader(
    table: Table, to: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = [table.reader(f"Eve-{number}") for number in range(20)]
    table.flush()
    table.say(100, to=to)
    decoded: list[bytes] = []
    monkeypatch.setattr(codec, "decode_server", decoded.append)
    table.flush()
    monkeypatch.undo()
    assert decoded == []
    for reader in readers:
        assert reader.seqs() == list(range(1, 101))
        assert (b"say" in reader.writes[0]) == (reader.cursor.player in to)


def test_readers_who_see_the_same_private_entries_share_their_bytes(table: Table) -> None:
    readers = [table.reader(f"Eve-{number}") for number in range(20)]
    table.flush()
    table.say(50, to=tuple(f"Eve-{number}" for number in range(10)))
    table.flush()
    assert len({id(reader.writes[0]) for reader in readers[:10]}) == 1
    assert len({id(reader.writes[0]) for reader in readers[10:]}) == 1


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
