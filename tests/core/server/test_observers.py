"""Those who watch a room without being in it: what they see, what not, and that it costs nobody else anything."""

from collections.abc import Callable
from typing import Any

import pytest

from roomcast.core.protocol.messages import (
    Bye,
    Counts,
    Do,
    Done,
    Error,
    Hello,
    Hidden,
    Join,
    Leave,
    Report,
    Resident,
    Set,
    TraceReport,
    Watch,
    Watching,
)
from roomcast.core.room.command_trace import PATIENCE
from roomcast.core.server import observers
from tests.core.fakes import House
from tests.core.looking import TOKEN, Looking, look, reports, tick

# ---------------------------------------------------------------------- what an observer sees


def test_an_observer_starts_from_who_is_there() -> None:
    house = House()
    house.join("Ada Lovelace")
    house.join_by_lines(("Joan",))
    house.join("Alan").gone()
    eve = look(house)
    assert eve.one(Watching) == Watching(
        "dots",
        4,
        int(house.now * 1000),
        (
            Resident("Ada_Lovelace", "Ada Lovelace"),
            Resident("Joan", "Joan", starter=True),
            Resident("Alan", "Alan", False),
        ),
    )


def test_it_sees_what_happens_as_it_happens() -> None:
    house = House()
    ada = house.join("Ada")
    eve = look(house)
    eve.hear()
    ada.do("move", 5)
    ada.set("room", {"level": 2})
    house.join("Alan").gone(clean=True)
    house.flush()
    told = [message for message in eve.hear() if not isinstance(message, TraceReport)]
    assert [type(message) for message in told] == [Do, Set, Join, Leave]
    assert [message.s for message in told] == [2, 3, 4, 5]  # type: ignore[union-attr]


def test_what_is_not_yet_written_when_it_comes_is_seen_once() -> None:
    house = House()
    ada = house.join("Ada")
    ada.do("move")
    eve = look(house)
    house.flush()
    told = eve.hear()
    assert isinstance(told[0], Watching)
    assert told[0].s == 2
    assert len(told) == 1
    assert len(ada.hear_commands()) == 1


def test_nothing_in_the_room_shows_that_it_is_watched() -> None:
    house = House(room_players=1)
    ada = house.join("Ada")
    before = house.room().log.last
    look(house)
    house.flush()
    assert house.room().log.last == before
    assert set(house.room().sessions) == {"Ada"}
    assert [type(message) for message in ada.hear()] == [Report]


def test_a_command_is_followed_through_its_six_steps() -> None:
    house = House()
    ada, alan = house.join("Ada"), house.join("Alan")
    house.join_by_lines(("Joan",))
    eve = look(house)
    eve.hear()
    house.now = 2000.0
    ada.do("move", 5, "é")
    house.flush()
    house.now += 0.010
    ada.say(Done(4, 2.0, 0.5))
    assert eve.all(TraceReport) == []
    alan.say(Done(4, 4.0))
    line = '{"t":"do","n":1,"c":"move","a":[5,"é"]}'
    went = house.room().log.lines(3, 4)[0]
    assert eve.one(TraceReport) == TraceReport(
        s=4, by="Ada", at=2_000_000, c="move", came=line, size=len(line.encode()),
        went=went.decode(), length=len(went), waited=0.0, frame=(1, len(went)), acted=0.5, to=("Ada", "Alan", "Joan"),
        silent=("Joan",), line="move Ada 5 é\n", got={"Ada": pytest.approx(8.0), "Alan": pytest.approx(6.0)},
        ran={"Ada": 2.0, "Alan": 4.0},
    )  # fmt: skip


def test_a_command_of_a_starter_client_is_followed_from_the_line_that_it_sent() -> None:
    house = House()
    joan = house.join_by_lines(("Joan",))
    house.join_by_lines(("Ken",))
    eve = look(house)
    eve.hear()
    joan.say("move 5  0 \n")
    house.flush()
    passage = eve.one(TraceReport)
    assert (passage.came, passage.starter, passage.acted) == ("move 5  0 ", True, None)
    assert (passage.to, passage.silent, passage.line) == (("Ken",), ("Ken",), "move Joan 5 0\n")


def test_who_does_not_report_is_not_waited_for_for_long() -> None:
    house = House()
    ada = house.join("Ada")
    house.join("Alan")
    eve = look(house)
    ada.do("move")
    house.flush()
    ada.say(Done(3, 1.0))
    house.wait(PATIENCE + 1.5)
    passage = eve.one(TraceReport)
    assert passage.to == ("Ada", "Alan")
    assert passage.silent == ()
    assert set(passage.ran) == {"Ada"}


def test_the_frame_of_a_passage_is_the_one_that_was_written() -> None:
    house = House()
    ada = house.join("Ada")
    eve = look(house)
    eve.hear()
    ada.hear()
    for number in range(3):
        ada.do("move", number)
    before = len(ada.connection.writes)
    house.flush()
    (frame,) = ada.connection.writes[before:]
    for seq in (2, 3, 4):
        ada.say(Done(seq, 1.0))
    assert {passage.frame for passage in eve.all(TraceReport)} == {(3, len(frame) - 1)}  # our frames end with a byte


def test_a_long_message_is_cut_and_its_size_told() -> None:
    house = House()
    ada = house.join("Ada")
    eve = look(house)
    ada.do("say", "é" * 5000)
    house.flush()
    ada.say(Done(2, 1.0))
    passage = eve.one(TraceReport)
    assert len(passage.came.encode()) in (observers.LONGEST, observers.LONGEST - 1)
    assert passage.size > 10_000
    assert passage.length == len(house.room().log.lines(1, 2)[0])


# ---------------------------------------------------------------------- private commands


def test_private_commands_stay_sealed_without_the_token() -> None:
    house = House(token=TOKEN)
    ada, alan = house.join("Ada"), house.join("Alan")
    eve, admin = look(house), look(house, token=TOKEN)
    ada.do("whisper", "the key is under the mat", to=("Alan",))
    house.flush()
    for program in (ada, alan):
        program.say(Done(3, 1.0))
    assert b"".join(eve.connection.writes).count(b"mat") == 0
    assert [message for message in eve.hear() if isinstance(message, Hidden | TraceReport)] == [Hidden(3)]
    told = admin.hear()
    (entry,) = [message for message in told if isinstance(message, Do)]
    assert (entry.c, entry.to) == ("whisper", ("Alan",))
    (passage,) = [message for message in told if isinstance(message, TraceReport)]
    assert passage.to == ("Ada", "Alan")
    assert "mat" in passage.went


def test_public_commands_beside_a_private_one_have_no_common_frame() -> None:
    house = House()
    ada = house.join("Ada")
    eve = look(house)
    ada.do("say")
    ada.do("note", to=())
    house.flush()
    ada.say(Done(2, 1.0), Done(3, 1.0))
    assert eve.one(TraceReport).frame is None


# ---------------------------------------------------------------------- reports, on demand


def test_players_are_asked_to_report_while_somebody_watches_and_no_longer() -> None:
    house = House()
    ada, joan = house.join("Ada"), house.join_by_lines(("Joan",))
    joan.hear()
    first = look(house)
    assert reports(ada) == [1]
    second = look(house)
    alan = house.knock()
    alan.hello("dots", "Alan")
    house.flush()
    assert reports(alan) == [1]
    assert reports(ada) == []
    first.gone()
    assert reports(ada) == []
    second.gone()
    assert reports(ada) == [0]
    assert reports(alan) == [0]
    assert joan.hear() == ["newPlayer Alan"]
    assert house.room().watcher is None


def test_a_room_that_nobody_watches_has_no_watcher_and_asks_for_nothing() -> None:
    house = House()
    ada = house.join("Ada")
    look(house, room="chess")
    ada.do("move")
    house.flush()
    assert house.room().watcher is None
    assert reports(ada) == []


def test_where_the_server_shows_all_steps_observers_change_nothing_of_that() -> None:
    shown: list[Any] = []
    house = House(shown.append)
    ada = house.join("Ada")
    eve = look(house)
    for _ in range(2):
        ada.do("move")
        house.flush()
        ada.say(Done(house.room().log.last, 1.0))
    eve.gone()
    ada.do("move")
    house.flush()
    ada.say(Done(4, 1.0))
    assert [way.seq for way in shown] == [2, 3, 4]
    assert len(eve.all(TraceReport)) == 2
    assert reports(ada) == []


# ---------------------------------------------------------------------- rooms that open and go


def test_watching_a_room_that_is_not_there_does_not_make_it() -> None:
    house = House()
    eve = look(house, room=" dots ")
    assert eve.one(Watching) == Watching("dots", 0, int(house.now * 1000))
    assert house.directory.rooms == {}
    tick(house)
    assert eve.one(Counts) == Counts(0, int(house.now * 1000), 1.0, 0, 0, 0)
    ada = house.knock()
    ada.hello("dots", "Ada")
    house.flush()
    assert [type(message) for message in eve.hear()] == [Watching, Join]
    assert reports(ada) == [1]


def test_an_observer_stays_when_the_room_is_forgotten_and_comes_anew() -> None:
    house = House(empty_room=1, resume_window=2, seat_kept=1)
    ada = house.join("Ada")
    eve = look(house)
    ada.gone(clean=True)
    house.wait(5)
    assert house.directory.rooms == {}
    assert eve.all(Watching)[-1].players == ()
    house.join("Alan").do("move")
    house.flush()
    told = eve.hear()
    assert [type(message) for message in told if not isinstance(message, Counts)] == [Watching, Join, Do]


def test_when_all_observers_are_gone_nothing_is_left_of_them() -> None:
    house = House()
    house.join("Ada")
    for eve in [look(house), look(house, room="chess"), look(house, room="chess")]:
        eve.gone()
    assert house.directory._observers == {}


def test_a_closing_server_says_so_to_observers() -> None:
    house = House()
    eve = look(house)
    house.directory.close("the server is closing", house.now)
    assert eve.one(Bye).code == "closing"
    eve.gone()
    assert house.directory.peers == {}


# ---------------------------------------------------------------------- who may watch


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (Watch(""), "bad-name"),
        (Watch("a/b"), "bad-name"),
        (Watch("dots", v=(7,)), "version"),
        (Watch("dots", "wrong"), "bad-token"),
    ],
)
def test_what_is_wrong_with_a_watch_ends_the_connection(message: Watch, code: str) -> None:
    house = House(token=TOKEN)
    eve = Looking(house, "10.0.0.7")
    house.directory.enter(eve.peer)
    eve.say(message)
    error, bye = eve.hear()
    assert isinstance(error, Error)
    assert isinstance(bye, Bye)
    assert (error.code, bye.code, bye.again) == (code, code, None)
    assert eve.connection.closed == (1008, code)
    eve.gone()


def test_a_room_has_only_so_many_observers_but_always_place_for_the_token() -> None:
    house = House(room_observers=2, token=TOKEN)
    first = look(house)
    look(house)
    bye = look(house).one(Bye)
    assert bye.code == "watch-full"
    assert bye.again is not None
    assert "2 where the limit is 2 observers (setting: room-observers)" in bye.message
    assert look(house, token=TOKEN).one(Watching).admin
    look(house, room="chess").one(Watching)
    first.gone()
    look(house, token=TOKEN).one(Watching)


def test_a_server_may_let_nobody_watch() -> None:
    assert look(House(room_observers=0)).one(Bye).code == "watch-full"


@pytest.mark.parametrize("message", [Hello("dots"), Watch("dots"), Done(1, 1.0)])
def test_an_observer_only_looks_on(message: Any) -> None:
    house = House()
    house.join("Ada")
    eve = look(house)
    eve.hear()
    eve.say(message)
    assert eve.one(Bye).code == "bad-message"
    assert set(house.room().sessions) == {"Ada"}


def test_an_observer_may_speak_only_so_fast() -> None:
    house = House(rate=1, burst=5)
    eve = look(house)
    waits = [eve.peer.receive(b'{"t":"close"}', house.now) for _ in range(10)]
    assert waits[:5] == [0.0] * 5
    assert all(wait > 0 for wait in waits[5:])


# ---------------------------------------------------------------------- rooms on disk


@pytest.fixture
def full_house() -> Callable[[], House]:
    from roomcast.core.room.commit_log import Level
    from roomcast.testing.disk import MemoryStore

    return lambda: House(store=MemoryStore(Level.FULL), token=TOKEN)


def test_observers_see_nothing_before_it_is_on_disk(full_house: Callable[[], House]) -> None:
    house = full_house()
    assert house.store is not None
    ada = house.join("Ada")
    eve = look(house)
    eve.hear()
    house.held = True
    ada.do("move")
    house.flush()
    assert eve.all(Do) == []
    assert look(house).one(Watching).s == 1
    house.held = False
    house.flush()
    assert len(eve.all(Do)) == 1


def test_a_room_whose_disk_fails_is_gone_for_observers_too(full_house: Callable[[], House]) -> None:
    house = full_house()
    assert house.store is not None
    house.join("Ada")
    eve = look(house)
    eve.hear()
    house.directory._room_broken(house.room(), "the disk is full")
    tick(house)
    assert eve.one(Watching).players == ()
