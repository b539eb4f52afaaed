"""A room whose kept log has forgotten its beginning, and whose sessions are kept by a hash: it goes on as any other."""

from __future__ import annotations

import pytest

from roomcast.core.protocol.messages import Do, Resume, Welcome
from roomcast.core.room.clock import Clock
from roomcast.core.room.commit_log import Level, hashed
from roomcast.core.room.order import Order
from roomcast.storage.memory import MemoryCommitLog
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program, act
from tests.core.keeping import KEPT, house_of, saved


def forgetful(level: Level, kept: int = 20) -> tuple[House, MemoryStore]:
    """A house whose disk keeps a snapshot every ten entries, and so many entries."""
    store = MemoryStore(level, kept=kept, snapshot_every=10)
    return House(store=store, kept_entries=kept, rate=1e6, burst=1_000_000), store


def welcome_of(program: Program) -> Welcome:
    (found,) = [one for one in program.hear() if isinstance(one, Welcome)]
    return found


@pytest.mark.parametrize("level", KEPT)
@pytest.mark.parametrize("end", ["restart", "crash"])
def test_who_has_seen_older_entries_is_told_what_it_skips_and_nothing_is_done_twice(level: Level, end: str) -> None:
    house, store = forgetful(level)
    ada, alan = house.join("Ada"), house.join("Alan")
    house.flush()
    alan.hear()
    alan.gone()
    for number in range(100):
        ada.do("move", number)
        ada.set("room", {"level": number})
    house.flush()
    ada.hear()
    assert store.kept["dots"].gone > 0, "the beginning is forgotten"
    getattr(house, end)()
    back = house.come_back(alan)
    house.flush()
    heard = back.hear()
    assert isinstance(heard[0], Welcome)
    assert heard[0].me == "Alan"
    assert back.state == house.room().state
    assert back.state.shared == {"level": 99}
    again = house.come_back(ada)
    house.flush()
    welcome = welcome_of(again)
    assert (welcome.resumed, welcome.n) == (True, 200)
    again.say(act(200, "sent_again"), act(201, "new"))
    house.flush()
    assert [one.c for one in back.hear() if isinstance(one, Do)] == ["new"]
    assert len(saved(store).lines) <= 20 * 1.1 + 10


# ---------------------------------------------------------------------- sessions by a hash


def test_who_has_read_the_disk_cannot_take_anyones_place() -> None:
    house, store = house_of(Level.FULL)
    ada = house.join("Ada")
    secret = ada.back.session
    house.restart()
    (kept,) = store.kept["dots"].sessions.values()
    assert kept.secret == hashed(secret) == hashed(hashed(secret)) != secret
    thief = house.knock()
    thief.hello("dots", "Ada", Resume(kept.secret, ada.seq, 1))
    house.flush()
    welcome = welcome_of(thief)
    assert (welcome.me, welcome.resumed) == ("Ada2", False)
    back = house.come_back(ada)
    house.flush()
    assert welcome_of(back).me == "Ada"
    assert house.room().sessions["Ada"].secret == secret


def test_who_is_sent_out_after_a_restart_before_it_came_back_is_told_when_it_does() -> None:
    house, _ = house_of(Level.FULL)
    ada = house.join("Ada")
    house.join("Alan")
    house.restart()
    house.join("Eve")
    house.directory.kick("dots", "Ada", house.now)
    assert house.come_back(ada).hear_bye().code == "kicked"


# ---------------------------------------------------------------------- epochs


def test_of_epochs_that_are_forgotten_everything_may_be_undone() -> None:
    order = Order(MemoryCommitLog("dots"), Clock())
    order.last, order.epoch, order.bases = 500, 9, {7: 100, 8: 200, 9: 300}
    assert [order.common(epoch) for epoch in (10, 9, 8, 7, 6, 5, 1)] == [0, 500, 300, 200, 100, 0, 0]
