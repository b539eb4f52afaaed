"""Who needs what the log has forgotten: it is told, and goes on from a snapshot."""

from tests.core.room.feed_table import LINES, Reader, Table


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
