"""Those who watch a room without being in it: what they see, what not, and that it costs nobody else anything."""

from typing import Any

import pytest

from roomcast.core.protocol.messages import Bye, Do, Done, Hello, Hidden, Join, Leave, Report, Set
from roomcast.core.protocol.observer_messages import ObservedPlayer, TraceReport, Watch, Watching
from roomcast.core.room.command_trace import REPORT_WITHIN
from roomcast.core.server import trace_report
from tests.core.fakes import House
from tests.core.looking import TOKEN, look, reports

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
            ObservedPlayer("Ada_Lovelace", "Ada Lovelace"),
            ObservedPlayer("Joan", "Joan", starter=True),
            ObservedPlayer("Alan", "Alan", False),
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
    trace = eve.one(TraceReport)
    assert (trace.came, trace.starter, trace.acted) == ("move 5  0 ", True, None)
    assert (trace.to, trace.silent, trace.line) == (("Ken",), ("Ken",), "move Joan 5 0\n")


def test_who_does_not_report_is_not_waited_for_for_long() -> None:
    house = House()
    ada = house.join("Ada")
    house.join("Alan")
    eve = look(house)
    ada.do("move")
    house.flush()
    ada.say(Done(3, 1.0))
    house.wait(REPORT_WITHIN + 1.5)
    trace = eve.one(TraceReport)
    assert trace.to == ("Ada", "Alan")
    assert trace.silent == ()
    assert set(trace.ran) == {"Ada"}


def test_the_frame_of_a_trace_is_the_one_that_was_written() -> None:
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
    assert {trace.frame for trace in eve.all(TraceReport)} == {(3, len(frame) - 1)}  # our frames end with a byte


def test_a_long_message_is_cut_and_its_size_told() -> None:
    house = House()
    ada = house.join("Ada")
    eve = look(house)
    ada.do("say", "é" * 5000)
    house.flush()
    ada.say(Done(2, 1.0))
    trace = eve.one(TraceReport)
    assert len(trace.came.encode()) in (trace_report.MAX_SHOWN, trace_report.MAX_SHOWN - 1)
    assert trace.size > 10_000
    assert trace.length == len(house.room().log.lines(1, 2)[0])


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
    assert [message for message in eve.hear() if isinstance(message, Hidden | TraceReport)] == [
        Hidden(3, house.room().log.at)
    ]
    told = admin.hear()
    (entry,) = [message for message in told if isinstance(message, Do)]
    assert (entry.c, entry.to) == ("whisper", ("Alan",))
    (trace,) = [message for message in told if isinstance(message, TraceReport)]
    assert trace.to == ("Ada", "Alan")
    assert "mat" in trace.went


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
    assert house.room().subscriptions.all == ()


def test_a_room_that_nobody_watches_has_no_subscriber_and_asks_for_nothing() -> None:
    house = House()
    ada = house.join("Ada")
    look(house, room="chess")
    ada.do("move")
    house.flush()
    assert house.room().subscriptions.all == ()
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
    assert [trace.seq for trace in shown] == [2, 3, 4]
    assert len(eve.all(TraceReport)) == 2
    assert reports(ada) == []


# ---------------------------------------------------------------------- what an observer may say


def test_a_closing_server_says_so_to_observers() -> None:
    house = House()
    eve = look(house)
    house.directory.close("the server is closing", house.now)
    assert eve.one(Bye).code == "closing"
    eve.gone()
    assert house.directory.peers == {}


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
