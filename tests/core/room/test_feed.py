"""The feed: who gets which entries, and when. A connection is a cursor on the log."""

import pytest

from roomcast.core.protocol import codec
from tests.core.room.feed_table import LINES, Table


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
