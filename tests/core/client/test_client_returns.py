"""The client core loses its connection and comes back: resume, what a crash has undone, sessions that are lost."""

from __future__ import annotations

from roomcast.core.client.client_events import Offline, Resumed
from roomcast.core.protocol.messages import VERSIONS, Error, Hello, Resume, Skipped, Snapshot
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
