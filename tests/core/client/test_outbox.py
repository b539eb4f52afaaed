"""The outbox alone: what is kept, what is still to be written, under which numbers, and what is outdated."""

from __future__ import annotations

import pytest

from roomcast.core.client.outbox import Freshness, Outbox
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import DoRequest, SetRequest

LATEST = Freshness(latest=True)


def hand_over(
    outbox: Outbox, *commands: str, freshness: Freshness | None = None, to: tuple[str, ...] | None = None
) -> None:
    for command in commands:
        message = DoRequest(outbox.next_number, command, to=to)
        outbox.handed.append((message, codec.encode(message), 1.0, freshness))


def add(outbox: Outbox, *commands: str, freshness: Freshness | None = None, to: tuple[str, ...] | None = None) -> None:
    hand_over(outbox, *commands, freshness=freshness, to=to)
    while outbox.handed:
        outbox.take_over()


def written(outbox: Outbox, size: int = 10_000, *, at_least_one: bool = True) -> list[tuple[int, str]]:
    messages = [codec.decode_client(line) for line in outbox.write(size, at_least_one=at_least_one)]
    return [(message.n, message.c) for message in messages if isinstance(message, DoRequest)]


def commands_of(messages: list[DoRequest | SetRequest]) -> list[str]:
    return [message.c for message in messages if isinstance(message, DoRequest)]


def to_be_written(outbox: Outbox) -> list[str]:
    return commands_of([message for message, *_ in outbox.unsent])


def kept(outbox: Outbox) -> list[tuple[int, str]]:
    return [(message.n, message.c) for message in outbox.waiting if isinstance(message, DoRequest)]


@pytest.fixture
def outbox() -> Outbox:
    one = Outbox()
    add(one, "a", "b", "c")
    return one


def test_each_message_is_written_once_to_a_connection(outbox: Outbox) -> None:
    assert written(outbox) == [(1, "a"), (2, "b"), (3, "c")]
    assert written(outbox) == []
    assert kept(outbox) == [(1, "a"), (2, "b"), (3, "c")]
    assert len(outbox) == 3


def test_as_many_lines_are_written_as_fit_and_one_at_least_where_it_must_be(outbox: Outbox) -> None:
    line = len(outbox.unsent[0][1]) + 1
    add(outbox, "d")
    assert written(outbox, line - 1, at_least_one=False) == []
    assert written(outbox, 0) == [(1, "a")]
    assert written(outbox, 2 * line) == [(2, "b"), (3, "c")]
    assert written(outbox, 0) == [(4, "d")]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_message_that_is_acknowledged_is_not_written_again(outbox: Outbox, n: int) -> None:
    written(outbox)
    found = outbox.acknowledge(n)
    assert found is not None
    assert found.n == n
    assert [number for number, _ in kept(outbox)] == [number for number in (1, 2, 3) if number != n]
    assert outbox.acknowledge(n) is None


def test_what_was_never_written_cannot_be_acknowledged(outbox: Outbox) -> None:
    assert outbox.acknowledge(1) is None
    assert outbox.settle(9) == []
    assert written(outbox) == [(1, "a"), (2, "b"), (3, "c")]


def test_acknowledging_what_was_written_leaves_what_was_not(outbox: Outbox) -> None:
    written(outbox)
    add(outbox, "d", "e")
    outbox.acknowledge(2)
    outbox.acknowledge(1)
    assert written(outbox) == [(4, "d"), (5, "e")]
    assert outbox.settle(4) == [3, 4]
    assert kept(outbox) == [(5, "e")]


def test_a_new_connection_gets_again_what_the_server_has_not_had(outbox: Outbox) -> None:
    written(outbox)
    add(outbox, "d")
    outbox.count_from(2)
    assert written(outbox) == [(3, "c"), (4, "d")]
    assert kept(outbox) == [(1, "a"), (2, "b"), (3, "c"), (4, "d")]


def test_after_a_crash_the_server_may_expect_other_numbers(outbox: Outbox) -> None:
    written(outbox)
    outbox.acknowledge(1)  # a refusal, which the server has forgotten
    outbox.count_from(0)
    assert written(outbox) == [(1, "b"), (2, "c")]
    assert outbox.n == 2


def test_a_new_session_gets_what_was_never_written_under_new_numbers(outbox: Outbox) -> None:
    line = len(outbox.unsent[0][1]) + 1
    written(outbox, line)
    assert outbox.start_anew() == (1, [])
    assert written(outbox) == [(1, "b"), (2, "c")]
    add(outbox, "d")
    assert written(outbox) == [(3, "d")]


def test_what_was_written_to_an_older_connection_counts_as_written(outbox: Outbox) -> None:
    written(outbox)
    outbox.count_from(0)  # unsent on the new connection, and yet it was written once
    add(outbox, "d")
    assert outbox.start_anew() == (3, [])
    assert to_be_written(outbox) == ["d"]


def test_what_does_not_fit_any_more_leaves_no_hole(outbox: Outbox) -> None:
    assert commands_of(outbox.drop_unsent(lambda one: b'"b"' not in one[1])) == ["b"]
    assert written(outbox) == [(1, "a"), (2, "c")]


# ---------------------------------------------------------------------- outdated


def test_of_latest_the_newest_goes_at_the_end_of_what_waits(outbox: Outbox) -> None:
    add(outbox, "aim", "d", freshness=LATEST)
    add(outbox, "e")
    add(outbox, "aim", freshness=LATEST)
    assert outbox.outdated == 1
    assert len(outbox) == 6
    assert written(outbox) == [(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e"), (6, "aim")]


def test_of_latest_nothing_is_dropped_that_is_written(outbox: Outbox) -> None:
    add(outbox, "aim", freshness=LATEST)
    written(outbox)
    add(outbox, "aim", freshness=LATEST)
    assert written(outbox) == [(5, "aim")]
    assert outbox.outdated == 0
    assert [number for number, _ in kept(outbox)] == [1, 2, 3, 4, 5]


def test_what_is_sent_without_latest_stays_whatever_comes_after_it() -> None:
    outbox = Outbox()
    add(outbox, "aim", "aim")
    add(outbox, "aim", "aim", freshness=LATEST)
    add(outbox, "aim")
    assert written(outbox) == [(1, "aim"), (2, "aim"), (3, "aim"), (4, "aim")]
    assert outbox.outdated == 1


def test_latest_is_of_one_name_and_of_the_same_receivers() -> None:
    outbox = Outbox()
    for to in None, ("Alan",), (), ("Alan", "Mary"), ("Mary", "Alan"), None:
        add(outbox, "aim", freshness=LATEST, to=to)
    assert [message.to for message, *_ in outbox.unsent if isinstance(message, DoRequest)] == [
        ("Alan",),
        (),
        ("Mary", "Alan"),
        None,
    ]


def test_what_is_too_old_is_dropped_and_leaves_no_hole() -> None:
    outbox = Outbox()
    add(outbox, "a")
    add(outbox, "old", freshness=Freshness(until=2.0))
    add(outbox, "older", freshness=Freshness(until=1.0))
    add(outbox, "b")
    assert outbox.expires == 1.0
    outbox.drop_too_old(1.0)
    assert outbox.outdated == 0, "at that time it is not too old yet"
    outbox.drop_too_old(1.5)
    assert (outbox.outdated, outbox.expires) == (1, 2.0)
    outbox.drop_too_old(2.5)
    assert (outbox.outdated, outbox.expires) == (2, float("inf"))
    assert written(outbox) == [(1, "a"), (2, "b")]


def test_what_the_server_has_not_had_is_outdated_like_all_that_is_unsent() -> None:
    outbox = Outbox()
    for command in "aim", "a", "aim", "b", "aim":
        add(outbox, command, freshness=LATEST if command == "aim" else None)
        written(outbox)
    add(outbox, "old", freshness=Freshness(until=5.0))
    written(outbox)
    assert [number for number, _ in kept(outbox)] == [1, 2, 3, 4, 5, 6]
    add(outbox, "aim", freshness=LATEST)

    outbox.count_from(1)  # it has had the first aim

    assert kept(outbox) == [(1, "aim")]
    assert outbox.expires == 5.0
    outbox.drop_too_old(6.0)
    assert outbox.outdated == 3
    assert written(outbox) == [(2, "a"), (3, "b"), (4, "aim")]


def test_the_server_has_had_what_it_acknowledged_and_that_keeps_its_number() -> None:
    outbox = Outbox()
    for _ in range(3):
        add(outbox, "aim", freshness=LATEST)
        written(outbox)
    outbox.count_from(3)
    add(outbox, "aim", freshness=LATEST)
    assert outbox.outdated == 0
    assert kept(outbox) == [(1, "aim"), (2, "aim"), (3, "aim")]
    assert written(outbox) == [(4, "aim")]


def test_nothing_is_remembered_of_what_is_done() -> None:
    outbox = Outbox()
    add(outbox, "a", "b", "c", freshness=LATEST)
    written(outbox)
    assert outbox._fresh.keys() == {1, 2, 3}
    outbox.acknowledge(2)
    outbox.settle(1)
    assert outbox._fresh.keys() == {3}
    outbox.start_anew()
    assert not outbox._fresh
