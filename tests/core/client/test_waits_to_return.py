"""The client core waits before it connects again: how long, and when it gives up."""

from __future__ import annotations

import pytest

from roomcast.core.client.backoff import FIRST_WAIT, LASTS, MAX_AGAIN, MAX_IN_VAIN, MAX_WAIT
from roomcast.core.client.client_events import Offline
from roomcast.core.protocol.messages import Bye
from tests.core.talk import Talk


def waits(talk: Talk, count: int) -> list[float]:
    """How long it waits before each try, when no connection can be made."""
    found = []
    for _ in range(count):
        talk.lose()
        found.append(talk.client.wait_before_retry(talk.now))
        talk.now += found[-1]
    return found


def test_it_waits_a_tenth_of_a_second_then_twice_as_long_each_time_up_to_five_seconds() -> None:
    expected = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 5.0, 5.0]
    assert waits(Talk(chance=1.0), 9) == pytest.approx(expected)
    assert (FIRST_WAIT, MAX_WAIT) == (0.1, 5.0)
    assert waits(Talk(), 100)[-1] == pytest.approx(5.0)


def test_chance_spreads_the_waits_so_that_not_all_come_back_at_once() -> None:
    assert waits(Talk(chance=0.0), 8) == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5])
    assert waits(Talk(chance=0.5), 2) == pytest.approx([0.075, 0.15])


def test_after_a_connection_that_has_lasted_it_is_quick_again(talk: Talk) -> None:
    waits(talk, 6)
    talk.join()
    talk.now += LASTS
    assert waits(talk, 1) == pytest.approx([0.1])


def test_while_welcomes_do_not_last_the_waits_grow(talk: Talk) -> None:
    found = []
    for _ in range(7):
        talk.join()
        found += waits(talk, 1)
    assert found == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0])


def test_a_server_that_always_ends_what_it_has_begun_is_believed_in_the_end(talk: Talk) -> None:
    for _ in range(MAX_IN_VAIN):
        assert talk.client.over is None
        talk.join()
        talk.client.disconnected("the server closed the connection (1011: no)", talk.now, said=True)
        talk.now += 5
    assert talk.client.over is not None
    assert talk.client.over.message == (
        "10 connections in a row were ended at once: the server closed the connection (1011: no)"
    )


@pytest.mark.parametrize("between", ["it lasted", "a bye that asks us to come back", "a cable"])
def test_it_tries_for_ever_where_something_else_came_between(talk: Talk, between: str) -> None:
    for number in range(4 * MAX_IN_VAIN):
        talk.join()
        if between == "it lasted" and number % 5 == 0:
            talk.now += LASTS
        if between == "a bye that asks us to come back":
            talk.hear(Bye("closing", "the server is closing", 0.5))
        talk.client.disconnected("the server closed the connection (1001)", talk.now, said=between != "a cable")
        talk.now += 5
    assert talk.client.over is None


def test_what_a_server_asks_of_our_patience_has_a_limit(talk: Talk) -> None:
    for again, most in ((1e300, MAX_AGAIN), (-5.0, 0.1)):
        talk.join()
        talk.now += LASTS
        talk.hear(Bye("closing", "later", again))
        talk.lose()
        assert talk.client.wait_before_retry(talk.now) == pytest.approx(most)
        talk.now += MAX_AGAIN


def test_a_connection_without_a_welcome_does_not_make_it_quick_again(talk: Talk) -> None:
    for expected in (0.1, 0.2, 0.4):
        talk.connect()
        assert waits(talk, 1) == pytest.approx([expected])


def test_it_waits_as_long_as_the_bye_asks(live: Talk) -> None:
    live.hear(Bye("closing", "the server is closing", 7.5))
    live.lose()
    assert live.client.wait_before_retry(live.now) == pytest.approx(7.5)
    assert live.events() == [Offline("the server is closing")]
    live.now += 7.5
    assert live.client.wait_before_retry(live.now) == 0


def test_failing_to_connect_is_no_event_each_time(live: Talk) -> None:
    waits(live, 5)
    assert len(live.events()) == 1


def test_why_the_server_sent_us_away_once_is_not_why_a_later_connection_is_lost(live: Talk) -> None:
    live.hear(Bye("closing", "the server is closing", again=0.5))
    live.lose()
    live.connect()
    live.welcome(resumed=True)
    live.events()
    live.lose()
    assert live.events() == [Offline("the cable was cut")]
