"""The client core, against a server that says what the test wants: what goes out, what comes back, the end."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from roomcast.core.client.client_events import Closed, Joined
from roomcast.core.client.send_queue import MAX_WAITING
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol import codec
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import (
    VERSIONS,
    Begin,
    Bye,
    Do,
    DoRequest,
    Error,
    Hello,
    Hidden,
    Join,
    Set,
    SetRequest,
    Snapshot,
)
from roomcast.errors import BadArgument, ProtocolError, TooFast
from tests.core.entries import raw
from tests.core.talk import ARGS, LIMITS, Talk, other, own

# ---------------------------------------------------------------------- coming in


def test_it_says_hello_first_and_then_nothing_until_it_is_welcome(talk: Talk) -> None:
    talk.do()
    assert talk.written() == []
    assert talk.connect() == Hello("dots", "Ada", VERSIONS)
    assert talk.written() == []
    talk.welcome(seq=5)
    joined = talk.events()[0]
    assert joined == Joined("Ada", 5, Snapshot(), upto=5)
    assert (talk.client.me, talk.client.seen, talk.client.stage) == ("Ada", 5, Stage.LIVE)
    assert [message.n for message in talk.written()] == [1]


def test_what_comes_after_a_begin_at_the_newest_place_is_acknowledged(live: Talk) -> None:
    live.do()
    live.written()
    live.client.begin_with_world()
    live.hear(Begin(5, Snapshot(), 0, 5, '{"world":1}'), own(6, 1))
    assert live.client.unacknowledged == 0


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
    assert codec.encode(first) == codec.encode(DoRequest(1, "move", ARGS))
    assert second == SetRequest(2, "me", raw({"x": 1}), whole=True)
    assert third.to == ("Alan",)
    assert live.written() == []


def test_what_is_done_together_goes_in_frames_of_the_size_that_the_server_takes(live: Talk) -> None:
    for _ in range(100):
        live.do("m" * 40)
    frames = []
    while frame := live.client.next_frame(live.now):
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
    live.hear(Set(7, "Ada", 0, "me", raw({"x": 1}), n=2))
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
    assert live.client.unacknowledged == 2, "neither was written yet"
    assert [message.n for message in live.written()] == [1, 2]
    live.hear(own(9, 2), own(10, 2), own(11, 1))
    assert live.client.unacknowledged == 0
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
    talk.join(limits=ClientLimits(10_000, 60, 120, 25, json_depth=5, json_values=20))
    with pytest.raises(BadArgument, match=r"draw cannot be sent: .*: 22 where the limit is 20 values"):
        talk.client.do("draw", msgspec.Raw(codec.encode(list(range(17)))), None, talk.now)
    with pytest.raises(BadArgument, match=r"the state cannot be sent: .*: 6 where the limit is 5 levels"):
        talk.client.set("me", {"x": [[[[]]]]}, whole=True)
    talk.client.do("draw", msgspec.Raw(codec.encode([list(range(14))])), None, talk.now)
    assert talk.client.unacknowledged == 1
    assert [message.n for message in talk.written()] == [1]


def test_a_message_of_just_the_size_is_sent(live: Talk) -> None:
    bare = len(codec.encode(DoRequest(1, "say", msgspec.Raw(b'[""]'))))
    live.client.do("say", msgspec.Raw(b'["' + b"x" * (1000 - bare) + b'"]'), None, live.now)
    assert len(live.client.next_frame(live.now)) == 1000
    with pytest.raises(BadArgument):
        live.client.do("say", msgspec.Raw(b'["' + b"x" * (1001 - bare) + b'"]'), None, live.now)


def test_only_so_much_may_wait(talk: Talk) -> None:
    for _ in range(MAX_WAITING):
        talk.do()
    with pytest.raises(TooFast, match="10000 messages wait"):
        talk.do()
    assert talk.client.unacknowledged == MAX_WAITING


def test_who_sends_faster_than_the_server_takes_is_told_once(live: Talk) -> None:
    for _ in range(1000):
        live.do()
    live.written()
    (error,) = live.events()
    assert (error.code, error.n) == ("rate", 0)
    assert "60 a second" in error.message
    live.hear(*[own(5 + n, n) for n in range(1, 1001)])
    live.events()
    for _ in range(1000):
        live.do()
    live.written()
    assert [event.code for event in live.events()] == ["rate"]


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
