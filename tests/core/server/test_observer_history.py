"""Observers who look back: they are sent the log that is kept, page by page, and of it what they may see."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Error, Hidden, Join, Set, Snapshot
from roomcast.core.protocol.observer_messages import Counts, History, HistoryRequest, Watching
from roomcast.core.room.fold import apply, restore, snapshot
from roomcast.core.server.observer_history import PAGE
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import House, Program
from tests.core.looking import TOKEN, Looking, look, tick


def ask(observer: Looking, request: HistoryRequest | None = None) -> History:
    observer.hear()
    observer.say(request or HistoryRequest())
    return observer.one(History)


def entries(page: History) -> list[Any]:
    return [codec.decode_server(bytes(memoryview(raw))) for raw in page.entries]


def next_request(page: History) -> HistoryRequest:
    newest = entries(page)[-1]
    return HistoryRequest(newest.s, newest.at)


def pages(observer: Looking) -> Iterator[History]:
    """All of the history, as a page of the browser asks for it."""
    page = ask(observer)
    yield page
    while page.after + len(page.entries) < page.last:
        page = ask(observer, next_request(page))
        yield page


def folded(observer: Looking) -> Snapshot:
    """The newest state, folded from the history alone; its seqs have no holes."""
    state, at, seq = restore(Snapshot()), 0, -1
    for page in pages(observer):
        if page.snapshot is not None:
            state, seq = restore(page.snapshot), page.after
        assert page.after == seq
        for entry in entries(page):
            seq += 1
            assert entry.s == seq
            at = entry.at
            if not isinstance(entry, Hidden):
                state = apply(state, entry)
    return snapshot(state, at)


def say_much(player: Program, count: int, size: int = 1000) -> None:
    for number in range(count):
        player.do("say", "x" * size)
        player.set("me", {"said": number})
        player.house.now += 0.01
        player.house.flush()
    player.hear()


def test_it_begins_with_the_log_and_ends_with_what_the_observer_was_sent() -> None:
    house = House()
    ada = house.join("Ada")
    ada.do("move", 5)
    ada.set("room", {"level": 2})
    house.flush()
    eve = look(house)
    ada.do("move", 6)  # not written yet
    page = ask(eve)
    assert (page.after, page.last, page.snapshot) == (0, 3, Snapshot())
    assert [type(entry) for entry in entries(page)] == [Join, Do, Set]
    house.flush()
    more = ask(eve, next_request(page))
    assert (more.after, more.last, more.snapshot) == (3, 4, None)
    assert [type(entry) for entry in entries(more)] == [Do]
    assert ask(eve, next_request(more)) == History(4, 4)


def test_pages_are_bounded_and_fold_to_the_state_of_the_room() -> None:
    house = House(rate=1e6, burst=10**6, address_burst=1e6)
    ada = house.join("Ada")
    house.join("Alan")
    say_much(ada, 100)
    eve = look(house)
    sizes = [sum(len(memoryview(raw)) for raw in page.entries) for page in pages(eve)]
    assert len(sizes) > 3
    assert max(sizes) <= PAGE
    assert folded(eve) == house.room().log.snapshot()


def test_where_the_log_has_forgotten_its_beginning_it_begins_with_a_state() -> None:
    house = House(rate=1e6, burst=10**6, address_burst=1e6, kept_entries=200)
    ada = house.join("Ada")
    say_much(ada, 300, size=10)
    eve = look(house)
    first = eve.one(Watching).first
    assert house.room().log.gone <= first < house.room().log.last
    page = ask(eve)
    assert page.after == first
    assert page.snapshot is not None
    assert page.snapshot.players[0].id == "Ada"
    assert folded(eve) == house.room().log.snapshot()
    tick(house)
    assert eve.one(Counts).first == first


def test_private_commands_stay_sealed_without_the_token() -> None:
    house = House(token=TOKEN)
    ada = house.join("Ada")
    house.join("Alan")
    ada.do("whisper", "under the mat", to=("Alan",))
    house.flush()
    eve, admin = look(house), look(house, token=TOKEN)
    assert [type(entry) for entry in entries(ask(eve))] == [Join, Join, Hidden]
    assert b"mat" not in b"".join(eve.connection.writes)
    opened = entries(ask(admin))[2]
    assert isinstance(opened, Do)
    assert (opened.c, opened.to) == ("whisper", ("Alan",))


def test_pages_with_opened_letters_are_bounded_too() -> None:
    house = House(token=TOKEN, rate=1e6, burst=10**6, address_burst=1e6)
    ada = house.join("Ada")
    for _ in range(40):
        ada.do("whisper", "x" * 5000, to=())
    house.flush()
    admin = look(house, token=TOKEN)
    found = list(pages(admin))
    assert max(sum(len(memoryview(raw)) for raw in page.entries) for page in found) <= PAGE
    assert sum(len(page.entries) for page in found) == 41


def test_one_large_entry_is_a_page() -> None:
    house = House(address_burst=1e6)
    ada = house.join("Ada")
    ada.do("say", "x" * 60_000)
    ada.do("say", "y")
    house.flush()
    assert [len(page.entries) for page in pages(look(house))] == [1, 1, 1]


def test_what_is_not_committed_is_not_history() -> None:
    house = House(store=MemoryStore())
    ada = house.join("Ada")
    eve = look(house)
    house.held = True
    ada.do("move", 5)
    house.flush()
    assert [entry.s for entry in entries(ask(eve))] == [1]


def test_a_room_that_began_anew_is_noticed_whatever_its_seqs() -> None:
    house = House(empty_room=1.0)
    ada = house.join("Ada")
    ada.do("move", 1)
    house.flush()
    eve = look(house)
    old = next_request(ask(eve))
    ada.gone(clean=True)
    house.wait(5.0)
    assert "dots" not in house.directory.rooms
    assert ask(eve, old) == History(0, 0, (), Snapshot())
    again = house.join("Ada")
    for _ in range(3):
        again.do("move", 2)
    house.flush()
    page = ask(eve, old)
    assert (page.after, page.snapshot, len(page.entries)) == (0, Snapshot(), 4)


def test_who_asks_for_an_entry_that_is_not_there_begins_anew() -> None:
    house = House()
    house.join("Ada")
    eve = look(house)
    for request in (HistoryRequest(100, 5), HistoryRequest(1, 5), HistoryRequest(2**53, 2**53)):
        assert ask(eve, request).snapshot == Snapshot()


def test_who_does_not_read_gets_no_pages_and_nothing_waits_for_it() -> None:
    house = House(unread=40_000, address_burst=1e6, rate=1e6, burst=10**6)
    ada = house.join("Ada")
    say_much(ada, 100)
    eve = look(house)
    eve.hear()
    eve.connection.stop_reading()
    for _ in range(50):
        eve.say(HistoryRequest())
    assert eve.connection.unread() < 40_000 + 2 * PAGE
    eve.connection.read_on()
    tick(house)
    assert eve.all(Watching)
    assert ask(eve).after == 0


def test_pages_are_charged_to_the_address() -> None:
    house = House(address_burst=0.002, address_time=0.01, rate=1e6, burst=10**6)
    ada = house.join("Ada", address="10.0.0.9")
    house.now += 60
    for _ in range(30):
        ada.do("say", "x" * 5000)
        house.now += 10
    house.flush()
    eve = look(house)
    eve.hear()
    waits = [eve.peer.receive(codec.encode(HistoryRequest()), house.now) for _ in range(40)]
    assert max(waits) > 0


def test_players_cannot_ask_for_it() -> None:
    house = House()
    ada = house.join("Ada")
    ada.say(HistoryRequest())
    (error,) = [message for message in ada.hear() if isinstance(message, Error)]
    assert error.code == "bad-message"


def test_a_replay_says_that_it_is_one() -> None:
    assert msgspec.json.decode(codec.encode(Watching("dots", 0, 0, replay=True)))["replay"] is True
