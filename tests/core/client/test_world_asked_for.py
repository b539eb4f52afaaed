"""The client core asks for the world, and says whether it knows its own when it comes back."""

from __future__ import annotations

from msgspec import Raw

from roomcast.core.client.client_events import Joined, Resumed
from roomcast.core.protocol.messages import Begin, BeginRequest, Resume, Skipped, Snapshot
from tests.core.talk import Talk, other, own


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


def resumed(talk: Talk) -> Resume | None:
    """How it comes back after its connection is lost."""
    talk.lose()
    return talk.connect().resume
