"""What becomes of questions to rules: each is answered once, as an event, whatever ends the wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec import Raw

from roomcast.core.client.client_events import Answered, Closed, Event, Joined
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.messages import Bye, Error, Turn
from roomcast.core.protocol.turn_effects import Answer
from tests.core.talk import ARGS, LIMITS, Talk


class Asked:
    """A question that has been asked, and how often it was answered."""

    def __init__(self, talk: Talk, arguments: Raw = ARGS) -> None:
        self.times = 0
        self.answer = PendingAnswer(self._count)
        talk.client.ask("roll", arguments, self.answer)

    def _count(self) -> None:
        self.times += 1

    def outcome(self, events: list[Event]) -> list[str]:
        """The codes with which the events say that it is over."""
        return [one.answer.code for one in events if isinstance(one, Answered) and one.answer is self.answer]


def _leaves(talk: Talk) -> None:
    talk.client.leave()


def _is_kicked(talk: Talk) -> None:
    talk.hear(Bye("kicked", "too slow"))


def _is_refused(talk: Talk) -> None:
    talk.hear(Error("rejected", "no", 1))


def _finds_another_server(talk: Talk) -> None:
    talk.lose()
    talk.connect()
    talk.welcome(session="another")


@pytest.mark.parametrize(
    ("ends", "code"),
    [
        (_leaves, "left"),
        (_is_kicked, "kicked"),
        (_is_refused, "rejected"),
        (_finds_another_server, "unanswered"),
    ],
)
def test_whatever_ends_the_wait_is_an_event_once(live: Talk, ends: Callable[[Talk], None], code: str) -> None:
    asked = Asked(live)
    live.written()
    live.events()
    ends(live)
    events = live.events()
    assert asked.outcome(events) == [code]
    assert (asked.times, asked.answer.code) == (1, code)
    if isinstance(events[-1], Closed):
        assert isinstance(events[-2], Answered), "nothing comes after the end"
    live.client.leave()
    assert asked.outcome(live.events()) == []
    assert asked.times == 1


def test_what_was_never_written_waits_for_the_new_session(live: Talk) -> None:
    live.lose()
    asked = Asked(live)
    live.connect()
    live.welcome(session="another")
    assert asked.outcome(live.events()) == []
    (written,) = live.written()
    live.hear(Turn(live.client.seen + 1, "", 0, ok=(written.n,), re=(Answer(written.n, Raw(b"4")),)))
    assert asked.outcome(live.events()) == [""]
    assert bytes(asked.answer.result) == b"4"


@pytest.mark.parametrize("written", [True, False])
def test_what_smaller_limits_no_longer_take_is_answered_so_and_no_other_error(live: Talk, written: bool) -> None:
    asked = Asked(live, Raw(b'["%s"]' % (b"x" * 800)))
    if written:
        live.written()
    live.lose()
    live.connect()
    smaller = ClientLimits(500, LIMITS.rate, LIMITS.burst, LIMITS.silent_for)
    live.welcome(resumed=True, n=0, limits=smaller)
    live.written()
    events = live.events()
    assert asked.outcome(events) == ["too-big"]
    assert not any(isinstance(one, Error | Joined) for one in events)
