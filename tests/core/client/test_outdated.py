"""The client core drops what is outdated before it is written: `latest` and `ttl`, also after a lost connection."""

from __future__ import annotations

from math import inf

import pytest

from roomcast.core.client.outbox import Outdating
from roomcast.core.client.send_queue import MAX_WAITING
from roomcast.core.protocol.messages import Error, Report
from roomcast.errors import TooFast
from tests.core.talk import ARGS, Talk, own


@pytest.fixture
def live() -> Talk:
    talk = Talk()
    talk.join()
    return talk


def aim(talk: Talk, to: tuple[str, ...] | None = None) -> None:
    talk.client.do("aim", ARGS, to, talk.now, Outdating(latest=True))


def shout(talk: Talk, ttl: float = 0.5) -> None:
    talk.client.do("shout", ARGS, None, talk.now, Outdating(ttl=ttl))


def numbered(messages: list[object]) -> list[tuple[int, str]]:
    return [(message.n, message.c) for message in messages]  # type: ignore[attr-defined]


def test_what_can_be_written_at_once_is_never_outdated(live: Talk) -> None:
    for n in (1, 3, 5):
        aim(live)
        shout(live)
        assert numbered(live.written()) == [(n, "aim"), (n + 1, "shout")]
    assert live.client.outdated == 0
    live.hear(*(own(5 + n, n) for n in range(1, 7)))
    assert live.client.unacknowledged == 0


def test_the_newest_goes_after_what_was_sent_before_it(live: Talk) -> None:
    aim(live)
    live.do("shot")
    aim(live)
    live.do("shot")
    assert numbered(live.written()) == [(1, "shot"), (2, "aim"), (3, "shot")]
    assert live.client.outdated == 1
    assert live.client.unacknowledged == 3


def test_what_is_too_old_is_not_sent_and_what_is_not_is(live: Talk) -> None:
    live.lose()
    shout(live)
    live.now += 0.4
    shout(live)
    live.do("shot")
    live.connect()
    live.now += 0.3
    live.welcome(resumed=True)
    assert numbered(live.written()) == [(1, "shout"), (2, "shot")]
    assert live.client.outdated == 1


def test_after_a_cut_what_the_server_has_not_had_is_outdated_too(live: Talk) -> None:
    for _ in range(40):  # written, and lost with the connection
        aim(live)
        shout(live)
        live.do("shot")
        live.written()
    live.lose()
    live.now += 4
    for _ in range(40):
        aim(live)
        live.do("shot")
    live.connect()
    live.welcome(seq=11, resumed=True, n=6)  # the server has had two of each
    again = live.written()
    assert numbered(again) == [(n, "shot") for n in range(7, 7 + 77)] + [(84, "aim"), (85, "shot")]
    assert live.client.outdated == 38 + 39 + 38
    live.hear(*(own(5 + n, n) for n in range(1, 86)))
    assert live.client.unacknowledged == 0


@pytest.mark.parametrize("ttl", [inf, 60])
def test_what_a_newer_one_has_replaced_does_not_go_again_when_that_is_too_old(live: Talk, ttl: float) -> None:
    """`latest` and `ttl` together: the older one is written, the newer one waits until its time is over."""
    for to in (None, ("Alan",)):
        live.client.do("aim", ARGS, to, live.now, Outdating(latest=True, ttl=ttl))
    live.written()
    live.client.do("aim", ARGS, None, live.now, Outdating(latest=True, ttl=0.5))
    live.lose()
    live.now += 1
    live.client.drop_outdated(live.now)  # as the network's thread does, whenever it is woken
    live.connect()
    live.welcome(resumed=True)
    (again,) = live.written()
    assert (again.n, again.to) == (1, ("Alan",))
    assert live.client.outdated == 2


def test_in_a_new_session_what_was_never_written_goes_and_is_not_too_old(live: Talk) -> None:
    aim(live)
    shout(live)
    live.written()
    live.lose()
    aim(live)
    aim(live)
    shout(live, ttl=60)
    shout(live)
    live.now += 30
    live.connect()
    live.welcome(session="s2")
    live.events()
    assert numbered(live.written()) == [(1, "aim"), (2, "shout")]
    assert live.client.outdated == 2, "the others were sent: nobody knows what became of them"


def test_what_is_outdated_takes_no_room_while_the_connection_is_lost(live: Talk) -> None:
    live.lose()
    for _ in range(3 * MAX_WAITING):
        aim(live)
        shout(live)
        live.now += 0.01
        live.client.drop_outdated(live.now)  # as the network's thread does, whenever it is woken
    assert live.client.unacknowledged < 60
    for _ in range(MAX_WAITING - live.client.unacknowledged):
        live.do()
    with pytest.raises(TooFast):
        aim(live)


def test_what_the_server_refuses_is_not_counted_as_outdated(live: Talk) -> None:
    aim(live)
    live.written()
    live.hear(Error("bad-argument", "no", 1))
    aim(live)
    live.lose()
    live.connect()
    live.welcome(resumed=True, n=1)
    assert numbered(live.written()) == [(2, "aim")]
    assert live.client.outdated == 0


def test_reports_are_on_the_numbers_under_which_messages_went(live: Talk) -> None:
    live.hear(Report(1))
    aim(live)
    live.now += 1
    aim(live)
    live.do()
    live.now += 0.25
    assert numbered(live.written()) == [(1, "aim"), (2, "move")]
    assert live.client.reports.sent_after == {1: pytest.approx(250), 2: pytest.approx(250)}
