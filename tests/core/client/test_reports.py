"""The client core reports when it has run what: the steps of a command's trace, for observers."""

from __future__ import annotations

from functools import partial

import pytest

from roomcast.core.protocol.messages import (
    Check,
    Done,
    Report,
)
from tests.core.talk import Talk, other, own


def test_steps_are_reported_only_where_they_are_watched(live: Talk) -> None:
    watched = Talk()
    watched.join(steps=True)
    n = watched.do()
    watched.now += 0.25
    watched.written()
    assert watched.client.reports.sent_after == {n: pytest.approx(250)}
    watched.hear(own(6, n), other(7))
    watched.client.report(1, own(6, n), 1.5)
    watched.client.report(1, other(7), 2.5)
    assert watched.written() == [Done(6, 1.5, pytest.approx(250)), Done(7, 2.5)]
    assert watched.client.reports.sent_after == {}
    live.do()
    live.written()
    assert live.client.reports.sent_after == {}


def test_reports_never_pile_up() -> None:
    talk = Talk()
    talk.join(steps=True)
    for seq in range(6, 1000):
        talk.client.report(1, other(seq), 1.0)
    assert len(talk.written()) <= 60
    talk.client.report(1, other(1000), 1.0)
    talk.lose()
    talk.client.report(1, other(1001), 1.0)
    talk.connect()
    talk.welcome(seq=5, resumed=True, steps=True)
    assert talk.written() == []


def test_reports_are_asked_for_and_called_off_in_the_midst_of_things(live: Talk) -> None:
    asked = partial(live.client.is_asked_about, live.client.log)
    assert not asked(other(6))
    live.hear(Report(3))
    n = [live.do() for _ in range(3)]
    live.now += 0.25
    live.written()
    assert live.client.reports.sent_after == {number: pytest.approx(250) for number in n}
    live.hear(own(6, n[0]), own(7, n[1]))
    assert [asked(own(6, n[0])), asked(own(7, n[1]))] == [True, False]
    live.client.report(1, own(6, n[0]), 1.5)
    assert live.written() == [Done(6, 1.5, pytest.approx(250))]
    assert set(live.client.reports.sent_after) == {n[2]}, "what is not asked for is forgotten"
    live.client.check(1, 7, "abc")
    live.hear(Report(0))
    assert not asked(other(9))
    assert live.client.reports.sent_after == {}
    assert live.written() == [Check(7, "abc")]


def test_a_new_connection_is_asked_anew(live: Talk) -> None:
    live.hear(Report(1))
    live.lose()
    live.connect()
    live.welcome(seq=5, resumed=True)
    assert not live.client.is_asked_about(1, other(6))
    live.hear(Report(1))
    assert live.client.is_asked_about(1, other(6))


def test_of_a_log_that_is_not_followed_any_more_nothing_is_reported(live: Talk) -> None:
    live.lose()
    live.connect()
    live.welcome(session="s2", steps=True)
    n = live.do()
    live.written()
    assert not live.client.is_asked_about(1, own(6, n))
    live.client.report(1, own(6, n), 1.5)
    assert live.written() == []
    assert set(live.client.reports.sent_after) == {n}, "what the old log has is no message of the new session"
