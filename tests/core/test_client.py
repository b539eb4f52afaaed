"""The client's half, against a server that says what the test wants: numbering, resume, backoff."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from roomcast.core import codec
from roomcast.core.client import (
    FIRST_WAIT,
    LONGEST_WAIT,
    MOST_WAITING,
    Client,
    Closed,
    Joined,
    Offline,
    Resumed,
    Stage,
)
from roomcast.core.messages import (
    Act,
    Bye,
    Check,
    Do,
    Done,
    Error,
    Hello,
    Hidden,
    Join,
    Promised,
    Put,
    Report,
    Resume,
    Set,
    Skipped,
    Snapshot,
    Welcome,
)
from roomcast.errors import BadArgument, ProtocolError, TooFast

LIMITS = Promised(message_size=1000, rate=60, burst=120, silent_for=25)
ARGS = msgspec.Raw(b"[1]")


class Talk:
    """A client and what goes between it and a server that is played by the test."""

    def __init__(self, chance: float = 1.0) -> None:
        self.now = 100.0
        self.client = Client("dots", "Ada", chance=lambda: chance)

    def connect(self) -> Hello:
        """Open a connection; returns the hello."""
        self.client.connected()
        (hello,) = self.written()
        assert isinstance(hello, Hello)
        return hello

    def welcome(self, seq: int = 5, session: str = "s1", **fields: Any) -> None:
        fields.setdefault("snapshot", None if fields.get("resumed") else Snapshot())
        self.hear(Welcome("Ada", session, seq, 0, fields.pop("limits", LIMITS), **fields))

    def join(self, **fields: Any) -> None:
        """Be in the room, with nothing left to look at."""
        self.connect()
        self.welcome(**fields)
        self.events()

    def hear(self, *messages: msgspec.Struct) -> None:
        """One frame from the server."""
        self.client.receive(b"\n".join(codec.encode(message) for message in messages), self.now)

    def written(self) -> list[Any]:
        """What the client writes now."""
        found: list[Any] = []
        while frame := self.client.take_frame(self.now):
            assert self.client.limits is None or len(frame) <= self.client.limits.message_size
            found += [codec.decode_client(line) for line in codec.lines_of(frame)]
        return found

    def do(self, command: str = "move") -> int:
        return self.client.do(command, ARGS, None, self.now)

    def events(self) -> list[Any]:
        found = list(self.client.events)
        self.client.events.clear()
        return found

    def lose(self) -> None:
        self.client.disconnected("the cable was cut", self.now)


def own(seq: int, n: int) -> Do:
    """Our command, as it comes back."""
    return Do(seq, "Ada", 0, "move", ARGS, n)


def other(seq: int) -> Do:
    return Do(seq, "Alan", 0, "move", ARGS, seq)


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def live() -> Talk:
    talk = Talk()
    talk.join()
    return talk


# ---------------------------------------------------------------------- coming in


def test_it_says_hello_first_and_then_nothing_until_it_is_welcome(talk: Talk) -> None:
    talk.do()
    assert talk.written() == []
    assert talk.connect() == Hello("dots", "Ada")
    assert talk.written() == []
    talk.welcome(seq=5)
    joined = talk.events()[0]
    assert joined == Joined("Ada", 5, Snapshot())
    assert (talk.client.me, talk.client.seen, talk.client.stage) == ("Ada", 5, Stage.LIVE)
    assert [message.n for message in talk.written()] == [1]


def test_who_asks_by_code_says_the_name_when_it_comes_back() -> None:
    talk = Talk()
    talk.client.room = "wq-nr"
    assert talk.connect().room == "wq-nr"
    talk.welcome(room="dots", code="WQNR")
    assert (talk.client.room, talk.client.code) == ("dots", "WQNR")
    talk.lose()
    assert talk.connect().room == "dots"  # a server that was started anew may have another code for it


def test_what_it_does_is_numbered_from_one_patches_too(live: Talk) -> None:
    assert live.do("move") == 1
    assert live.client.set("me", {"x": 1}, whole=True) == 2
    assert live.client.do("whisper", ARGS, ("Alan",), live.now) == 3
    first, second, third = live.written()
    assert codec.encode(first) == codec.encode(Act(1, "move", ARGS))
    assert second == Put(2, "me", {"x": 1}, whole=True)
    assert third.to == ("Alan",)
    assert live.written() == []


def test_what_is_done_together_goes_in_frames_of_the_size_that_the_server_takes(live: Talk) -> None:
    for _ in range(100):
        live.do("m" * 40)
    frames = []
    while frame := live.client.take_frame(live.now):
        frames.append(frame)
    assert all(len(frame) <= LIMITS.message_size for frame in frames)
    assert sum(len(codec.lines_of(frame)) for frame in frames) == 100
    assert len(frames) < 12


def test_has_output_tells_whether_there_is_something_to_write(talk: Talk) -> None:
    assert not talk.client.has_output
    talk.client.connected()
    assert talk.client.has_output
    talk.written()
    assert not talk.client.has_output
    talk.welcome()
    assert not talk.client.has_output
    talk.do()
    assert talk.client.has_output
    talk.written()
    assert not talk.client.has_output


# ---------------------------------------------------------------------- what comes back


def test_what_comes_back_is_acknowledged(live: Talk) -> None:
    live.do()
    live.client.set("me", {"x": 1}, whole=False)
    live.written()
    assert live.client.unacknowledged == 2
    live.hear(own(6, 1))
    assert live.client.unacknowledged == 1
    live.hear(Set(7, "Ada", 0, "me", {"x": 1}, n=2))
    assert live.client.unacknowledged == 0


def test_what_others_do_acknowledges_nothing(live: Talk) -> None:
    live.do()
    live.written()
    live.hear(Do(6, "Alan", 0, "move", ARGS, 1), Hidden(7))
    assert live.client.unacknowledged == 1


def test_a_refusal_acknowledges_even_out_of_turn(live: Talk) -> None:
    for _ in range(3):
        live.do()
    live.written()
    live.hear(Error("bad-argument", "no", 2))
    assert live.client.unacknowledged == 2
    live.hear(own(6, 1), own(7, 3))
    assert live.client.unacknowledged == 0
    assert [type(event) for event in live.events()] == [Error, Do, Do]


def test_everything_that_comes_is_an_event_in_its_order(live: Talk) -> None:
    messages = [other(6), Hidden(7), Join(8, "Eve", 0, "Eve"), Error("bad-name", "no")]
    live.hear(*messages[:2])
    live.hear(*messages[2:])
    assert [codec.encode(event) for event in live.events()] == [codec.encode(message) for message in messages]
    assert live.client.seen == 8


@pytest.mark.parametrize("seq", [5, 7, 1, 100])
def test_a_hole_in_the_order_is_no_protocol(live: Talk, seq: int) -> None:
    with pytest.raises(ProtocolError, match="hole"):
        live.hear(other(seq))
    with pytest.raises(ProtocolError, match="hole"):
        live.hear(Hidden(seq))


def test_what_comes_after_a_hole_does_not_count(live: Talk) -> None:
    live.do()
    live.written()
    for message in (own(7, 1), Hidden(7)):
        with pytest.raises(ProtocolError, match="hole"):
            live.hear(message)
    assert live.events() == []  # else it would be run now, and again after the resume
    assert live.client.unacknowledged == 1


@pytest.mark.parametrize("frame", [b"nonsense", b'{"t":"hidden"}', b'{"t":"hidden","s":6}x', b"\xff", b""])
def test_what_is_no_message_is_no_protocol(live: Talk, frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        live.client.receive(frame, live.now)


def test_what_came_before_the_nonsense_counts(live: Talk) -> None:
    with pytest.raises(ProtocolError):
        live.client.receive(codec.encode(other(6)) + b"\nnonsense", live.now)
    assert live.client.seen == 6
    assert len(live.events()) == 1


def test_a_message_of_a_later_version_is_passed_over(live: Talk) -> None:
    live.client.receive(b'{"t":"reply","n":1}\n' + codec.encode(other(6)), live.now)
    assert live.client.seen == 6


def test_a_server_that_acknowledges_what_it_never_had_does_no_harm(live: Talk) -> None:
    live.do()
    live.do()
    live.hear(own(6, 2), own(7, 1), own(8, 99), Error("bad-name", "no", 50))
    assert live.client.unacknowledged == 0
    assert live.written() == []
    live.do()
    assert [message.n for message in live.written()] == [3]


# ---------------------------------------------------------------------- what may not be sent


def test_a_message_that_the_server_would_not_take_is_refused_here(live: Talk) -> None:
    with pytest.raises(BadArgument, match=r"say takes 1\d\d\d bytes, and a message may have 1000"):
        live.client.do("say", msgspec.Raw(b'["' + b"x" * 1000 + b'"]'), None, live.now)
    with pytest.raises(BadArgument, match="the state takes"):
        live.client.set("me", {"x": "x" * 1000}, whole=True)
    with pytest.raises(BadArgument, match="say takes"):
        live.client.do("say", ARGS, tuple(f"player{n}" for n in range(100)), live.now)
    assert live.client.unacknowledged == 0
    assert live.do() == 1


def test_what_is_too_deep_or_too_much_for_the_server_is_refused_here_too(talk: Talk) -> None:
    talk.join(limits=Promised(10_000, 60, 120, 25, json_depth=5, json_values=20))
    with pytest.raises(BadArgument, match=r"draw cannot be sent: .*: 22 where the limit is 20 values"):
        talk.client.do("draw", msgspec.Raw(codec.encode(list(range(17)))), None, talk.now)
    with pytest.raises(BadArgument, match=r"the state cannot be sent: .*: 6 where the limit is 5 levels"):
        talk.client.set("me", {"x": [[[[]]]]}, whole=True)
    talk.client.do("draw", msgspec.Raw(codec.encode([list(range(14))])), None, talk.now)
    assert talk.client.unacknowledged == 1
    assert [message.n for message in talk.written()] == [1]


def test_a_message_of_just_the_size_is_sent(live: Talk) -> None:
    bare = len(codec.encode(Act(1, "say", msgspec.Raw(b'[""]'))))
    live.client.do("say", msgspec.Raw(b'["' + b"x" * (1000 - bare) + b'"]'), None, live.now)
    assert len(live.client.take_frame(live.now)) == 1000
    with pytest.raises(BadArgument):
        live.client.do("say", msgspec.Raw(b'["' + b"x" * (1001 - bare) + b'"]'), None, live.now)


def test_only_so_much_may_wait(talk: Talk) -> None:
    for _ in range(MOST_WAITING):
        talk.do()
    with pytest.raises(TooFast, match="10000 messages wait"):
        talk.do()
    assert talk.client.unacknowledged == MOST_WAITING


def test_who_sends_faster_than_the_server_takes_is_told_once(live: Talk) -> None:
    for _ in range(1000):
        live.do()
    (error,) = live.events()
    assert (error.code, error.n) == ("rate", 0)
    assert "60 a second" in error.message
    live.written()
    live.hear(*[own(5 + n, n) for n in range(1, 1001)])
    live.events()
    for _ in range(1000):
        live.do()
    assert [event.code for event in live.events()] == ["rate"]


# ---------------------------------------------------------------------- losing the connection, and coming back


def test_it_comes_back_as_who_it_was_and_says_how_far_it_read(live: Talk) -> None:
    live.hear(other(6), other(7))
    live.lose()
    assert live.events()[-1] == Offline("the cable was cut")
    assert live.connect() == Hello("dots", "Ada", resume=Resume("s1", 7))
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
    for had in (0, 2, 2):
        live.lose()
        live.connect()
        live.welcome(seq=5, resumed=True, n=0, epoch=2) if not had else live.welcome(seq=7, resumed=True, n=2, epoch=2)
    assert [message.n for message in live.written()] == [3, 4]
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
    assert [message.n for message in live.written()] == [1]


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
    assert (FIRST_WAIT, LONGEST_WAIT) == (0.1, 5.0)
    assert waits(Talk(), 100)[-1] == pytest.approx(5.0)


def test_chance_spreads_the_waits_so_that_not_all_come_back_at_once() -> None:
    assert waits(Talk(chance=0.0), 8) == pytest.approx([0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.5, 2.5])
    assert waits(Talk(chance=0.5), 2) == pytest.approx([0.075, 0.15])


def test_after_a_welcome_it_is_quick_again(talk: Talk) -> None:
    waits(talk, 6)
    talk.join()
    assert waits(talk, 1) == pytest.approx([0.1])


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


# ---------------------------------------------------------------------- the end


def over_by_leaving(talk: Talk) -> None:
    talk.client.leave()


def over_by_bye(talk: Talk) -> None:
    talk.hear(Bye("replaced", "connected anew from elsewhere"))


@pytest.mark.parametrize("end", [over_by_leaving, over_by_bye])
def test_after_the_end_nothing_comes_and_nothing_goes(live: Talk, end: Callable[[Talk], None]) -> None:
    live.do()
    end(live)
    (closed,) = live.events()
    assert isinstance(closed, Closed)
    assert live.client.over == closed
    assert live.client.stage is Stage.OVER
    live.hear(other(6), Bye("closing", "again"))
    live.welcome(resumed=True)
    live.lose()
    live.client.leave()
    assert live.events() == []
    assert live.client.stage is Stage.OVER
    assert live.written() == []
    assert live.client.wait_before_retry(live.now) == 0


def test_what_stands_behind_a_bye_in_its_frame_is_not_heard(live: Talk) -> None:
    live.hear(other(6), Bye("replaced", "elsewhere"), other(7))
    assert [type(event) for event in live.events()] == [Do, Closed]


def test_to_leave_before_the_welcome_is_to_stay_out(talk: Talk) -> None:
    talk.connect()
    talk.client.leave()
    talk.welcome()
    assert [type(event) for event in talk.events()] == [Closed]
    assert talk.client.stage is Stage.OVER


# ---------------------------------------------------------------------- the six steps


def test_steps_are_reported_only_where_they_are_watched(live: Talk) -> None:
    watched = Talk()
    watched.join(steps=True)
    n = watched.do()
    watched.now += 0.25
    watched.written()
    assert watched.client.sent_after == {n: pytest.approx(250)}
    watched.hear(own(6, n), other(7))
    watched.client.report(own(6, n), 1.5)
    watched.client.report(other(7), 2.5)
    assert watched.written() == [Done(6, 1.5, pytest.approx(250)), Done(7, 2.5)]
    assert watched.client.sent_after == {}
    live.do()
    live.written()
    assert live.client.sent_after == {}


def test_reports_never_pile_up() -> None:
    talk = Talk()
    talk.join(steps=True)
    for seq in range(6, 1000):
        talk.client.report(other(seq), 1.0)
    assert len(talk.written()) <= 60
    talk.client.report(other(1000), 1.0)
    talk.lose()
    talk.client.report(other(1001), 1.0)
    talk.connect()
    talk.welcome(seq=5, resumed=True, steps=True)
    assert talk.written() == []


def test_reports_are_asked_for_and_called_off_in_the_midst_of_things(live: Talk) -> None:
    asked = live.client.is_asked_about
    assert not asked(other(6))
    live.hear(Report(3))
    n = [live.do() for _ in range(3)]
    live.now += 0.25
    live.written()
    assert live.client.sent_after == {number: pytest.approx(250) for number in n}
    live.hear(own(6, n[0]), own(7, n[1]))
    assert [asked(own(6, n[0])), asked(own(7, n[1]))] == [True, False]
    live.client.report(own(6, n[0]), 1.5)
    assert live.written() == [Done(6, 1.5, pytest.approx(250))]
    assert set(live.client.sent_after) == {n[2]}, "what is not asked for is forgotten"
    live.client.check(7, "abc")
    live.hear(Report(0))
    assert not asked(other(9))
    assert live.client.sent_after == {}
    assert live.written() == [Check(7, "abc")]


def test_a_new_connection_is_asked_anew(live: Talk) -> None:
    live.hear(Report(1))
    live.lose()
    live.connect()
    live.welcome(seq=5, resumed=True)
    assert not live.client.is_asked_about(other(6))
    live.hear(Report(1))
    assert live.client.is_asked_about(other(6))
