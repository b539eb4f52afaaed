"""The client core loses its connection: resume, sessions that are lost, backoff."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import Raw

from roomcast.core.client.backoff import FIRST_WAIT, LASTS, MAX_AGAIN, MAX_IN_VAIN, MAX_WAIT
from roomcast.core.client.client_events import Joined, Offline, Resumed
from roomcast.core.protocol.messages import (
    VERSIONS,
    Begin,
    BeginRequest,
    Bye,
    ClientLimits,
    Error,
    Hello,
    Resume,
    Skipped,
    Snapshot,
)
from roomcast.errors import ProtocolError
from tests.core.talk import Talk, other, own

# ---------------------------------------------------------------------- losing the connection, and coming back


def test_it_comes_back_as_who_it_was_and_says_how_far_it_read(live: Talk) -> None:
    live.hear(other(6), other(7))
    live.lose()
    assert live.events()[-1] == Offline("the cable was cut")
    assert live.connect() == Hello("dots", "Ada", VERSIONS, Resume("s1", 7))
    live.welcome(seq=9, resumed=True)
    assert live.events() == [Resumed(2)]
    live.hear(other(8), other(9), other(10))
    assert live.client.seen == 10


def test_who_knows_its_world_says_so_when_it_comes_back(talk: Talk) -> None:
    talk.client.begin_with_world()
    talk.connect()
    talk.welcome(seq=60, world='{"world":1}')
    assert resumed(talk) == Resume("s1", 60, world=True)
    talk.welcome(seq=60, resumed=True)
    talk.hear(Skipped(61, 90, Snapshot()))  # it has missed something
    assert resumed(talk) == Resume("s1", 90)
    talk.welcome(seq=90, resumed=True)
    talk.hear(Skipped(91, 95, Snapshot(), upto=99, world='{"world":2}'))
    assert resumed(talk) == Resume("s1", 95, world=True)
    talk.welcome(seq=40, resumed=True, snapshot=Snapshot(), epoch=2, lost=55)
    assert resumed(talk) == Resume("s1", 40, 2)
    talk.welcome(seq=0, resumed=True, snapshot=Snapshot(), epoch=3, lost=40)  # the room has begun anew
    assert resumed(talk) == Resume("s1", 0, 3, world=True)


def test_without_a_world_of_its_own_it_knows_none(talk: Talk) -> None:
    talk.connect()
    talk.welcome(seq=0)
    assert resumed(talk) == Resume("s1", 0)
    talk.welcome(seq=0, resumed=True)
    talk.client.begin_with_world()
    assert resumed(talk) == Resume("s1", 0, fresh=True)  # the answer is still to come
    talk.welcome(seq=60, resumed=True, snapshot=Snapshot(), upto=60, world="")
    assert resumed(talk) == Resume("s1", 60)


def test_who_wants_the_world_after_hello_has_gone_out_asks_for_it_after_the_welcome(live: Talk) -> None:
    """The welcome is no answer to that: it resumes, without a snapshot to begin with."""
    live.hear(other(6), other(7))
    live.lose()
    live.connect()
    live.client.begin_with_world()
    live.client.begin_with_world()  # with other functions: it is still asked for once
    live.events()
    live.welcome(seq=9, resumed=True)
    assert live.events() == [Resumed(2)]
    assert (live.client.seen, live.client.holding) == (7, True)
    assert live.written() == [BeginRequest()]
    live.hear(other(8), Begin(9, Snapshot(), upto=9, world='{"world":1}'))
    assert (live.client.seen, live.client.holding) == (9, False)
    begun = live.events()[-1]
    assert isinstance(begun, Joined)
    assert (begun.again, begun.world) == (True, '{"world":1}')
    live.lose()
    live.connect()
    live.welcome(seq=9, resumed=True)
    assert live.written() == []


def resumed(talk: Talk) -> Resume | None:
    """How it comes back after its connection is lost."""
    talk.lose()
    return talk.connect().resume


def test_after_a_resume_it_sends_again_what_the_server_has_not_had(live: Talk) -> None:
    for _ in range(4):
        live.do()
    live.written()
    live.hear(own(6, 1))
    live.lose()
    live.do()
    live.connect()
    live.welcome(seq=7, resumed=True, n=2)
    assert [message.n for message in live.written()] == [3, 4, 5]
    live.hear(own(7, 2), own(8, 3), own(9, 4), own(10, 5))
    assert live.client.unacknowledged == 0


def test_what_is_done_while_offline_waits_and_goes_out_in_order(live: Talk) -> None:
    live.lose()
    assert [live.do(), live.do()] == [1, 2]
    assert live.written() == []
    live.connect()
    live.welcome(seq=5, resumed=True)
    assert [message.n for message in live.written()] == [1, 2]


def test_what_was_refused_while_the_connection_was_cut_is_told_as_unanswered(live: Talk) -> None:
    for _ in range(3):
        live.do()
    live.written()
    live.lose()
    live.events()
    live.connect()
    live.welcome(seq=7, resumed=True, n=3)  # it had all three, but only two are in the log
    live.hear(own(6, 1))
    assert live.client.unacknowledged == 2
    live.hear(own(7, 3))
    assert live.client.unacknowledged == 0
    errors = [event for event in live.events() if isinstance(event, Error)]
    assert [(error.code, error.n) for error in errors] == [("unanswered", 2)]


def test_what_was_refused_is_told_at_once_where_nothing_was_missed(live: Talk) -> None:
    live.do()
    live.written()
    live.lose()
    live.connect()
    live.welcome(seq=5, resumed=True, n=1)
    assert live.client.unacknowledged == 0
    assert live.events()[-1].code == "unanswered"
    assert live.written() == []


def test_a_connection_that_is_cut_again_before_all_was_caught_up_loses_nothing(live: Talk) -> None:
    for _ in range(3):
        live.do()
    live.written()
    for seen in (5, 6, 7):
        live.lose()
        assert live.connect().resume == Resume("s1", seen)
        live.welcome(seq=8, resumed=True, n=3)
        assert live.written() == []
        live.hear(own(seen + 1, seen - 4))
    assert live.client.unacknowledged == 0
    assert not [event for event in live.events() if isinstance(event, Error)]


def test_a_skip_settles_what_the_server_had_of_us_by_then(live: Talk) -> None:
    for _ in range(3):
        live.do()
    live.written()
    live.hear(Skipped(6, 40, Snapshot(), 2))
    assert live.client.seen == 40
    skipped, *errors = live.events()
    assert isinstance(skipped, Skipped)
    assert [(error.code, error.n) for error in errors] == [("unanswered", 1), ("unanswered", 2)]
    live.hear(own(41, 3))
    assert live.client.unacknowledged == 0


def test_a_skip_after_a_resume_settles_what_the_welcome_counted(live: Talk) -> None:
    live.do()
    live.written()
    live.lose()
    live.connect()
    live.welcome(seq=90, resumed=True, n=1)
    assert live.client.unacknowledged == 1
    live.hear(Skipped(6, 90, Snapshot()))
    assert live.client.unacknowledged == 0


def test_a_skip_to_before_where_the_welcome_counted_leaves_the_rest_to_come(live: Talk) -> None:
    for _ in range(4):
        live.do()
    live.written()
    live.lose()
    live.connect()
    live.welcome(seq=90, resumed=True, n=3)  # of which a room that waits for its disk shows a part only
    live.events()
    live.hear(Skipped(6, 80, Snapshot(), 1))
    assert [(event.code, event.n) for event in live.events() if isinstance(event, Error)] == [("unanswered", 1)]
    assert live.client.unacknowledged == 3
    live.hear(own(81, 2), *[other(seq) for seq in range(82, 91)])
    assert [(event.code, event.n) for event in live.events() if isinstance(event, Error)] == [("unanswered", 3)]
    assert live.client.unacknowledged == 1


# ---------------------------------------------------------------------- a server that has forgotten, after a crash


def test_what_a_crash_has_undone_is_told_with_its_count_and_we_are_who_we_were(live: Talk) -> None:
    live.do()
    live.written()
    live.hear(own(6, 1), other(7))
    live.lose()
    live.do()
    live.events()
    assert live.connect().resume == Resume("s1", 7)
    live.welcome(seq=5, resumed=True, n=0, epoch=2, lost=2, snapshot=Snapshot())
    (joined,) = live.events()
    assert (joined.me, joined.seq, joined.dropped) == ("Ada", 5, 0)
    assert ": 2 entries that were seen here are undone" in joined.lost
    assert [message.n for message in live.written()] == [1], "what it said next has the number that is next now"
    live.hear(own(6, 1))
    assert live.client.unacknowledged == 0
    live.lose()
    assert live.connect().resume == Resume("s1", 6, 2)


def test_what_a_crash_has_undone_is_told_to_who_waits_for_the_world_too(live: Talk) -> None:
    """It has run none of that; but what it has sent came back, and is gone."""
    live.do()
    live.client.send("picture", Raw(b'["cat",""]'), {1: b"x" * 3000}, None)
    live.client.begin_with_world()
    pieces = len(live.written()) - 2  # without the command, and `begin`
    live.hear(own(6, 1), other(7), own(8, 2))
    live.lose()
    live.events()
    hello = live.connect()
    assert hello.resume == Resume("s1", 8, fresh=True)
    live.welcome(seq=0, upto=5, resumed=True, epoch=2, lost=3, snapshot=Snapshot())
    (joined,) = live.events()
    assert (joined.again, joined.seq, live.client.holding) == (True, 0, False)
    assert ": 3 entries that were seen here are undone" in joined.lost
    assert len(live.written()) >= pieces > 1, "the call with bytes is sent from its beginning"


def test_a_resume_in_a_later_epoch_is_a_resume_like_any_other_and_the_epoch_is_remembered(live: Talk) -> None:
    live.hear(other(6))
    live.lose()
    live.events()
    live.connect()
    live.welcome(seq=8, resumed=True, epoch=4)
    assert live.events() == [Resumed(2)]
    live.lose()
    assert live.connect().resume == Resume("s1", 6, 4)


def test_numbers_that_the_server_has_forgotten_are_given_again(live: Talk) -> None:
    for _ in range(3):
        live.do()
    live.written()
    live.hear(own(6, 1), Error("bad-argument", "no", 2), Error("bad-argument", "no", 3))
    live.do("fourth")
    live.written()
    live.lose()
    live.do("fifth")
    live.connect()
    live.welcome(seq=6, resumed=True, n=1, epoch=2)  # of the refused ones nothing is on disk
    assert [(message.n, message.c) for message in live.written()] == [(2, "fourth"), (3, "fifth")]
    assert live.do() == 4
    live.hear(own(7, 2), own(8, 3))
    assert live.client.unacknowledged == 1


def test_numbers_that_were_given_again_and_cut_off_again_stay_in_order(live: Talk) -> None:
    for _ in range(5):
        live.do()
    live.written()
    live.hear(Error("bad-argument", "no", 1))
    for had, again in (0, [1, 2, 3, 4]), (2, [3, 4]), (2, [3, 4]):
        live.lose()
        live.connect()
        live.welcome(seq=5 + had, resumed=True, n=had, epoch=2)
        assert [message.n for message in live.written()] == again
    live.hear(own(6, 1), own(7, 2), own(8, 3), own(9, 4))
    assert live.client.unacknowledged == 0


# ---------------------------------------------------------------------- a session that is lost


def test_what_was_never_sent_goes_on_in_the_new_session_and_what_was_sent_is_reported(live: Talk) -> None:
    live.do("sent")
    live.do("sent too")
    live.written()
    live.lose()
    live.do("waits")
    live.do("waits too")
    live.events()
    live.connect()
    live.welcome(seq=2, session="s2")
    (joined,) = live.events()
    assert joined.dropped == 2
    assert joined.lost
    assert (live.client.seen, live.client.unacknowledged) == (2, 2)
    assert [(message.n, message.c) for message in live.written()] == [(1, "waits"), (2, "waits too")]
    assert live.do() == 3
    live.lose()
    assert live.connect().resume == Resume("s2", 2)


def test_a_server_that_says_it_had_what_we_never_sent_does_not_confuse_the_count(live: Talk) -> None:
    live.do()
    live.do()
    live.hear(Skipped(6, 90, Snapshot(), 1))
    live.lose()
    live.events()
    live.connect()
    live.welcome(session="s2")
    assert live.events()[0].dropped == 0
    assert [message.n for message in live.written()] == [1, 2]


def test_what_was_sent_again_and_then_lost_counts_as_sent(live: Talk) -> None:
    live.do("sent")
    live.written()
    live.lose()
    live.do("waits")
    live.connect()
    live.welcome(seq=5, resumed=True, n=0)
    live.lose()  # welcome, but nothing was written to this connection
    live.connect()
    live.events()
    live.welcome(seq=1, session="s2")
    assert live.events()[0].dropped == 1
    assert [message.c for message in live.written()] == ["waits"]


def test_a_first_welcome_loses_nothing(talk: Talk) -> None:
    talk.do()
    talk.connect()
    talk.welcome()
    joined = talk.events()[0]
    assert (joined.lost, joined.dropped) == ("", 0)


def test_a_new_session_knows_nothing_of_what_the_old_one_waited_for(live: Talk) -> None:
    live.do("sent")
    live.written()
    live.lose()
    live.connect()
    live.welcome(seq=10, resumed=True, n=1)  # at seq 10 we shall know what became of it
    live.lose()
    live.connect()
    live.welcome(seq=8, session="s2")  # but that server has died
    live.events()
    live.do("new")
    live.hear(other(9), other(10), other(11))
    assert live.client.unacknowledged == 1
    assert [message.c for message in live.written()] == ["new"]
    assert not [event for event in live.events() if isinstance(event, Error)]


# ---------------------------------------------------------------------- waiting to try again


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


# ------------------------------------------------------------ a server that has started again with smaller limits

SMALLER = ClientLimits(message_size=200, rate=60, burst=120, silent_for=25)


def do_long(talk: Talk, size: int = 500) -> None:
    talk.client.do("long", Raw(b'["%s"]' % (b"x" * size)), None, talk.now)


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize("resumed", [True, False])
def test_what_no_longer_fits_costs_one_error_and_no_number_is_left_out(
    live: Talk, resumed: bool, written: bool
) -> None:
    if written and resumed:
        live.do("first")
        do_long(live)
        live.do("second")
        live.written()
        live.lose()
    else:
        live.lose()
        live.do("first")
        do_long(live)
        live.do("second")
    live.events()
    live.connect()
    live.welcome(seq=5, session="s1" if resumed else "s2", resumed=resumed, limits=SMALLER)
    sent = live.written()
    errors = [event for event in live.events() if isinstance(event, Error)]
    assert [(message.n, message.c) for message in sent] == [(1, "first"), (2, "second")]
    assert [error.code for error in errors] == ["too-big"]
    assert "long takes" in errors[0].message
    assert "200" in errors[0].message
    live.do("third")
    assert [(message.n, message.c) for message in live.written()] == [(3, "third")]
    assert live.client.unacknowledged == 3


def test_what_the_server_has_had_is_not_dropped_for_it_is_in_the_log(live: Talk) -> None:
    do_long(live)
    live.do("second")
    live.written()
    live.lose()
    live.connect()
    live.welcome(seq=6, resumed=True, n=1, limits=SMALLER)
    assert [message.n for message in live.written()] == [2]
    assert not [event for event in live.events() if isinstance(event, Error)]
    assert live.client.unacknowledged == 2


def test_what_is_handed_over_just_before_the_welcome_is_looked_at_again(live: Talk) -> None:
    live.lose()
    live.connect()
    do_long(live)
    live.welcome(seq=5, resumed=True, limits=SMALLER)
    do_long(live, 10)
    assert [message.n for message in live.written()] == [1]
    assert [event.code for event in live.events() if isinstance(event, Error)] == ["too-big"]


def test_pieces_that_no_longer_fit_end_their_call_and_it_alone(live: Talk) -> None:
    live.client.send("picture", Raw(b'[""]'), {0: b"x" * 5000}, None)
    live.written()
    live.lose()
    live.do("step")
    live.events()
    live.connect()
    live.welcome(seq=5, resumed=True, limits=SMALLER)
    sent = live.written()
    assert [message.n for message in sent] == list(range(1, len(sent) + 1))
    assert "step" in [message.c for message in sent]
    assert bytes(sent[-1].a) == b"[1]"  # the others are told that no more will come
    assert {event.code for event in live.events() if isinstance(event, Error)} == {"too-big"}


def test_a_call_with_bytes_whose_other_arguments_no_longer_fit_is_dropped(live: Talk) -> None:
    live.lose()
    live.client.send("picture", Raw(b'["","%s"]' % (b"x" * 500)), {0: b"x"}, None)
    live.events()
    live.connect()
    live.welcome(seq=5, resumed=True, limits=SMALLER)
    assert live.written() == []
    assert [event.code for event in live.events() if isinstance(event, Error)] == ["too-big"]
    assert live.client.unacknowledged == 0
    live.do("step")
    assert [message.n for message in live.written()] == [1]


@pytest.mark.parametrize("limit", ["message_size", "json_depth", "json_values", "json_digits"])
def test_limits_that_nobody_can_keep_are_no_welcome(talk: Talk, limit: str) -> None:
    talk.connect()
    with pytest.raises(ProtocolError, match="no room for any message"):
        talk.welcome(limits=msgspec.structs.replace(SMALLER, **{limit: 0}))
