"""The outbox alone: what is kept, what is still to be written, and under which numbers."""

from __future__ import annotations

import pytest

from roomcast.core.client.outbox import Outbox
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import DoRequest


def add(outbox: Outbox, *commands: str) -> None:
    for command in commands:
        message = DoRequest(outbox.n + 1, command)
        outbox.add(message, codec.encode(message))


def written(outbox: Outbox, size: int = 10_000, *, at_least_one: bool = True) -> list[tuple[int, str]]:
    messages = [codec.decode_client(line) for line in outbox.write(size, at_least_one=at_least_one)]
    return [(message.n, message.c) for message in messages if isinstance(message, DoRequest)]


def kept(outbox: Outbox) -> list[tuple[int, str]]:
    return [(message.n, message.c) for message in outbox.waiting if isinstance(message, DoRequest)]


@pytest.fixture
def outbox() -> Outbox:
    one = Outbox()
    add(one, "a", "b", "c")
    return one


def test_each_message_is_written_once_to_a_connection(outbox: Outbox) -> None:
    assert outbox.numbers_unsent(2) == [1, 2]
    assert written(outbox) == [(1, "a"), (2, "b"), (3, "c")]
    assert written(outbox) == []
    assert kept(outbox) == [(1, "a"), (2, "b"), (3, "c")]


def test_as_many_lines_are_written_as_fit_and_one_at_least_where_it_must_be(outbox: Outbox) -> None:
    line = len(outbox.unsent[0]) + 1
    add(outbox, "d")
    assert written(outbox, line - 1, at_least_one=False) == []
    assert written(outbox, 0) == [(1, "a")]
    assert written(outbox, 2 * line) == [(2, "b"), (3, "c")]
    assert written(outbox, 0) == [(4, "d")]


@pytest.mark.parametrize("n", [1, 2, 3])
def test_a_message_that_is_acknowledged_is_not_written_any_more(outbox: Outbox, n: int) -> None:
    found = outbox.acknowledge(n)
    assert found is not None
    assert found.n == n
    assert [number for number, _ in written(outbox)] == [number for number in (1, 2, 3) if number != n]
    assert outbox.acknowledge(n) is None


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
    outbox.acknowledge(1)  # a refusal, which the server has forgotten
    outbox.count_from(0)
    assert written(outbox) == [(1, "b"), (2, "c")]
    assert outbox.n == 2


def test_a_new_session_gets_what_was_never_written_under_new_numbers(outbox: Outbox) -> None:
    line = len(outbox.unsent[0]) + 1
    written(outbox, line)
    assert outbox.start_anew() == 1
    assert written(outbox) == [(1, "b"), (2, "c")]
    add(outbox, "d")
    assert kept(outbox) == [(1, "b"), (2, "c"), (3, "d")]


def test_what_was_written_to_an_older_connection_counts_as_written(outbox: Outbox) -> None:
    written(outbox)
    outbox.count_from(0)  # unsent on the new connection, and yet it was written once
    assert outbox.start_anew() == 3
    assert kept(outbox) == []
