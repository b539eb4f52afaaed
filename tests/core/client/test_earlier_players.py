"""Another player may have had our id before us: its entries, with its own numbers, are no messages of ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol.messages import Answer, Begin, Done, Error, Report, Set, Skipped, Snapshot, Turn
from tests.core.talk import ARGS, Talk, other, own


def begin(talk: Talk, messages: int = 2) -> None:
    """Begin at entry 2 in a log that ends with our join at 9, and write some messages."""
    talk.client.start = "world"
    talk.join(seq=2, upto=9)
    for _ in range(messages):
        talk.do()
    talk.written()


def come_back(talk: Talk, **fields: object) -> None:
    talk.lose()
    talk.connect()
    talk.welcome(resumed=True, **fields)
    talk.events()


def unanswered(talk: Talk) -> list[int]:
    """The messages of ours that were reported lost."""
    return [event.n for event in talk.events() if isinstance(event, Error) and event.code == "unanswered"]


def rest(first: int, last: int) -> list[object]:
    return [other(seq) for seq in range(first, last + 1)]


def state_of(seq: int, n: int) -> Set:
    return Set(seq, "Ada", 0, "me", ARGS, n=n)


def test_what_an_earlier_player_of_the_same_id_did_acknowledges_nothing(talk: Talk) -> None:
    talk.connect()
    talk.welcome(seq=0, upto=2)
    talk.do()
    talk.written()
    talk.hear(own(1, 1), own(2, 2))
    assert talk.client.unacknowledged == 1
    talk.hear(own(3, 1))
    assert talk.client.unacknowledged == 0


@pytest.mark.parametrize("entry", [own, state_of])
@pytest.mark.parametrize("seen", [3, 5, 8])
def test_who_comes_back_before_its_join_is_read_hears_of_what_was_refused(
    talk: Talk, seen: int, entry: Callable[[int, int], object]
) -> None:
    begin(talk)
    talk.hear(*[entry(seq, 1) for seq in range(3, seen + 1)])
    assert talk.client.unacknowledged == 2
    come_back(talk, seq=10, n=2)  # both are refused, or in the last entry: what was said of that is lost
    talk.hear(*[entry(seq, 1 + seq % 2) for seq in range(seen + 1, 10)])
    assert (talk.client.unacknowledged, unanswered(talk)) == (2, [])
    talk.hear(entry(10, 1))
    assert (talk.client.unacknowledged, unanswered(talk)) == (0, [2])


def test_who_comes_back_twice_and_who_has_the_world_sent_again_hears_it_too(talk: Talk) -> None:
    begin(talk)
    come_back(talk, seq=9, n=1)
    assert [message.n for message in talk.written()] == [2]
    talk.hear(own(3, 1))
    come_back(talk, seq=9, n=2)
    talk.hear(own(4, 2), Begin(2, Snapshot(), 2, 9, '{"world":1}'), own(3, 1), own(4, 2))
    assert talk.client.unacknowledged == 2
    talk.hear(*rest(5, 9))
    assert (talk.client.unacknowledged, unanswered(talk)) == (0, [1, 2])


def test_who_skips_to_a_world_from_before_its_join_hears_it_too(talk: Talk) -> None:
    begin(talk)
    talk.hear(Skipped(3, 5, Snapshot(), 2, 9, '{"world":1}'), own(6, 1), own(7, 2))
    assert talk.client.unacknowledged == 2
    talk.hear(*rest(8, 9))
    assert (talk.client.unacknowledged, unanswered(talk)) == (0, [1, 2])


def test_what_comes_after_our_join_is_ours(talk: Talk) -> None:
    begin(talk)
    talk.hear(own(3, 1), *rest(4, 9), own(10, 1))
    assert talk.client.unacknowledged == 1
    come_back(talk, seq=12, n=2)
    talk.hear(other(11), own(12, 2))
    assert (talk.client.unacknowledged, unanswered(talk)) == (0, [])


def test_what_comes_where_a_crash_has_undone_entries_is_ours(talk: Talk) -> None:
    """Our join was at 6, and what others have done since is undone: our messages may be where that was."""
    begin(talk)
    talk.hear(*rest(3, 9))
    come_back(talk, seq=6, n=0, epoch=2, lost=3, snapshot=Snapshot())
    assert [message.n for message in talk.written()] == [1, 2]
    talk.hear(own(7, 1), own(8, 2))
    assert talk.client.unacknowledged == 0


def test_after_a_crash_who_begins_again_with_the_world_takes_none_of_theirs(talk: Talk) -> None:
    begin(talk)
    talk.hear(*rest(3, 9))
    come_back(talk, seq=2, upto=6, n=2, epoch=2, lost=3, snapshot=Snapshot(), world='{"world":1}')
    talk.hear(own(3, 1), own(4, 2), *rest(5, 6))
    assert (talk.client.unacknowledged, unanswered(talk)) == (0, [1, 2])


def test_who_takes_up_the_session_of_an_earlier_run_takes_none_of_theirs(talk: Talk) -> None:
    talk.client.take_up("s1")
    talk.client.start = "world"
    talk.connect()
    talk.welcome(seq=2, upto=9, resumed=True, n=5, snapshot=Snapshot())
    assert [talk.do(), talk.do()] == [6, 7]
    talk.written()
    come_back(talk, seq=9, n=7)
    talk.hear(own(3, 6), own(4, 7), *rest(5, 9))
    assert (talk.client.unacknowledged, unanswered(talk)) == (0, [6, 7])


def test_an_answer_to_them_is_none_to_us(talk: Talk) -> None:
    begin(talk, 0)
    answer = PendingAnswer(lambda: None)
    talk.client.ask("draw", ARGS, answer)
    talk.written()
    come_back(talk, seq=9, n=1)
    talk.hear(Turn(3, "", 0, ok=(1,), re=(Answer(1, ARGS),)))
    assert not answer.done
    talk.hear(*rest(4, 9))
    assert (answer.done, answer.code) == (True, "unanswered")


@pytest.mark.parametrize("every", [1, 2])
def test_a_trace_of_theirs_is_none_of_ours(talk: Talk, every: int) -> None:
    begin(talk, 0)
    talk.hear(Report(every))
    talk.do()
    talk.now += 0.25
    talk.written()
    log = talk.client.log
    for seq in 3, 4:
        talk.hear(own(seq, 1))
        if talk.client.is_asked_about(log, own(seq, 1)):
            talk.client.report(log, own(seq, 1), 1.5)
    talk.hear(*rest(5, 9), own(10, 1))
    assert talk.client.is_asked_about(log, own(10, 1))
    talk.client.report(log, own(10, 1), 1.5)
    *theirs, ours = talk.written()
    assert theirs == [Done(seq, 1.5) for seq in (3, 4) if seq % every == 0]
    assert ours == Done(10, 1.5, pytest.approx(250))
