"""The log: one order without holes, of which the newest part is kept."""

from dataclasses import dataclass, field

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Join, Leave
from roomcast.core.room.log import OVERHEAD, Log, PrivateLine, private_line


def test_entries_are_read_from_their_lines_and_private_ones_from_their_own() -> None:
    log = Log()
    entries = [
        Join(1, "Ada", 5, "Ada", Raw(b'{"level":3}')),
        Do(2, "Ada", 6, "move", Raw(b'[1,{"deep":[2]}]'), 1),
        Do(3, "Alan", 7, "tell", Raw(b'["x"]'), 2, ("Ada",)),
        Leave(4, "Ada", 8, "left"),
    ]
    for entry in entries:
        line = codec.encode(entry)
        private = private_line(line) if isinstance(entry, Do) and entry.to is not None else None
        log.append(entry.s, line if private is None else codec.hidden(entry.s, entry.at), private)
    assert log.entries(0, 4) == entries
    assert log.entries(1, 3) == entries[1:3]
    assert log.entry(3) == entries[2]


def secret(size: int) -> PrivateLine:
    return PrivateLine(b"p" * size, frozenset(("Ada", "Alan")))


def log_of(sizes: list[int], private: dict[int, int] | None = None) -> Log:
    """A log whose lines are so many bytes long, and some of them private."""
    log = Log()
    for seq, size in enumerate(sizes, 1):
        own = (private or {}).get(seq)
        log.append(seq, b"%d" % (seq % 10) * size, None if own is None else secret(own))
    return log


def test_an_empty_log_has_no_last_entry() -> None:
    log = Log()
    assert (log.first, log.last, len(log), log.size) == (1, 0, 0, 0)
    assert log.lines(0, 0) == log.entries(0, 0) == []


def test_entries_stand_at_their_places() -> None:
    log = log_of([1, 2, 3])
    assert (log.first, log.last, len(log)) == (1, 3, 3)
    assert log.lines(0, 3) == [b"1", b"22", b"333"]
    assert log.lines(1, 2) == [b"22"]


def test_an_entry_at_a_wrong_place_is_not_taken() -> None:
    for seq in (0, 1, 3):
        with pytest.raises(AssertionError):
            log_of([1]).append(seq, b"x")


def test_trimming_keeps_the_newest() -> None:
    log = log_of([1] * 100)
    log.trim(10, 10**9, 100)
    assert (log.first, log.last, len(log)) == (91, 100, 10)
    assert log.lines(90, 100) == [b"%d" % (seq % 10) for seq in range(91, 101)]
    log.append(101, b"x")
    assert log.lines(100, 101) == [b"x"]


def test_trimming_waits_until_there_is_a_tenth_too_much() -> None:
    log = log_of([1] * 110)
    log.trim(100, 10**9, 110)
    assert len(log) == 110
    log.append(111, b"x")
    log.trim(100, 10**9, 111)
    assert len(log) == 100


def test_trimming_by_bytes_frees_the_oldest_until_the_rest_fits() -> None:
    log = log_of([1000] * 10)
    one = log.size // 10
    log.trim(10**9, one * 4, 10)
    assert (log.first, log.last) == (7, 10)
    assert log.size == one * 4


def test_nothing_is_trimmed_that_was_not_written_to_anyone_yet() -> None:
    log = log_of([1] * 100)
    log.trim(10, 10**9, 40)
    assert log.first == 41
    log.trim(10, 10**9, 40)
    assert log.first == 41


def test_an_entry_larger_than_all_that_may_be_kept_is_not_kept() -> None:
    log = log_of([10, 5000])
    log.trim(100, 1000, 2)
    assert (log.first, log.last, len(log), log.size) == (3, 2, 0, 0)


def test_private_lines_stand_beside_the_public_ones_and_go_with_them() -> None:
    log = log_of([1] * 20, private={5: 3, 15: 4})
    assert log.private(0, 20) == {5: secret(3), 15: secret(4)}
    assert log.private(4, 5) == {5: secret(3)}
    assert log.private(5, 14) == {}
    assert log.lines(4, 5) == [b"5"]
    with_both = log.size
    log.trim(10, 10**9, 20)
    assert log.private(10, 20) == {15: secret(4)}
    assert log.size == with_both - 10 * (1 + OVERHEAD) - secret(3).size


def test_a_few_private_lines_of_many_are_found() -> None:
    log = log_of([1] * 40, private={seq: seq for seq in range(2, 41, 2)})
    for after in range(41):
        for upto in range(after, 41):
            wanted = {seq: secret(seq) for seq in range(2, 41, 2) if after < seq <= upto}
            assert log.private(after, upto) == wanted


def test_a_piece_of_the_log_fits_into_so_many_bytes() -> None:
    log = log_of([10] * 10)
    assert log.fitting(0, 10, 35) == 3
    assert log.fitting(0, 10, 30) == 3
    assert log.fitting(0, 10, 29) == 2
    assert log.fitting(7, 10, 10_000) == 10
    assert log.fitting(4, 6, 10_000) == 6


def test_a_piece_of_the_log_is_at_least_one_entry() -> None:
    log = log_of([10] * 3)
    assert log.fitting(0, 3, 1) == 1
    assert log.fitting(2, 3, 1) == 3


@dataclass
class Model:
    """A log as a plain list would be."""

    lines: list[bytes] = field(default_factory=list)
    private: dict[int, PrivateLine] = field(default_factory=dict)
    gone: int = 0


class LogAgainstList(RuleBasedStateMachine):
    """Whatever is appended and trimmed, the log says what a plain list would say."""

    def __init__(self) -> None:
        super().__init__()
        self.log = Log()
        self.model = Model()

    @rule(
        line=st.binary(min_size=1, max_size=300),
        text=st.none() | st.binary(min_size=1, max_size=300),
        readers=st.integers(1, 5),
    )
    def append(self, line: bytes, text: bytes | None, readers: int) -> None:
        private = None if text is None else PrivateLine(text, frozenset(f"player{one}" for one in range(readers)))
        self.model.lines.append(line)
        seq = len(self.model.lines)
        self.log.append(seq, line, private)
        if private is not None:
            self.model.private[seq] = private

    @rule(entries=st.integers(1, 8), size=st.integers(1, 2000), written=st.integers(0, 40))
    def trim(self, entries: int, size: int, written: int) -> None:
        upto = min(max(written, self.model.gone), len(self.model.lines))
        before = self.log.first
        self.log.trim(entries, size, upto)
        assert before <= self.log.first <= max(before, upto + 1)
        self.model.gone = self.log.first - 1
        few = self.log.last - self.model.gone <= entries * 1.1
        assert upto == self.model.gone or (few and self.log.size <= size * 1.1)

    @rule(after=st.integers(0, 40), count=st.integers(0, 10), size=st.integers(1, 900))
    def read(self, after: int, count: int, size: int) -> None:
        last = len(self.model.lines)
        after = min(max(after, self.model.gone), last)
        upto = min(after + count, last)
        assert self.log.lines(after, upto) == self.model.lines[after:upto]
        assert self.log.private(after, upto) == {
            seq: one for seq, one in self.model.private.items() if after < seq <= upto
        }
        if upto > after:
            fitting = self.log.fitting(after, upto, size)
            assert after < fitting <= upto
            assert fitting == after + 1 or sum(map(len, self.model.lines[after:fitting])) <= size
            assert fitting == upto or sum(map(len, self.model.lines[after : fitting + 1])) > size

    @invariant()
    def nothing_is_missing(self) -> None:
        assert self.log.last == len(self.model.lines)
        assert len(self.log) == self.log.last - self.model.gone
        kept = self.model.lines[self.model.gone :]
        private = sum(one.size for seq, one in self.model.private.items() if seq > self.model.gone)
        assert self.log.size == sum(map(len, kept)) + OVERHEAD * len(kept) + private


TestLogAgainstList = LogAgainstList.TestCase
TestLogAgainstList.settings = settings(max_examples=40, stateful_step_count=30)


def test_what_is_private_is_freed_with_its_entry_and_no_more_is_forgotten_than_has_to_be() -> None:
    log = log_of([10] * 100, private=dict.fromkeys(range(1, 101), 1000))
    each = log.size // 100
    log.trim(10**9, each * 80, 100)
    assert (log.first, len(log)) == (21, 80)
    assert log.size == each * 80
