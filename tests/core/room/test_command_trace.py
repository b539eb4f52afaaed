"""The six steps of a message's way, for those who watch."""

from typing import Any

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Done, Report, Welcome
from roomcast.core.room.command_trace import REPORT_WITHIN, CommandTrace
from tests.core.fakes import House, Program
from tests.core.looking import look


class Watched:
    """A house that somebody watches, and what was shown so far."""

    def __init__(self, **limits: Any) -> None:
        self.shown: list[CommandTrace] = []
        self.house = House(self.shown.append, **limits)

    def report(self, program: Program, seq: int, ran: float, sent: float = -1.0) -> None:
        program.say(Done(seq, ran, sent))


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_clients_are_asked_to_report_only_where_somebody_watches(watched: Watched) -> None:
    ada, eve = watched.house.join("Ada"), House().join("Eve")
    assert ada.welcome is not None
    assert eve.welcome is not None
    assert ada.welcome.steps
    assert not eve.welcome.steps


def test_where_all_is_shown_the_welcome_asks_for_reports_and_nothing_else_does(watched: Watched) -> None:
    watched.house.join("Ada")
    look(watched.house)
    eve = watched.house.knock()
    eve.hello("dots", "Eve")
    watched.house.flush()
    heard = eve.hear()
    assert isinstance(heard[0], Welcome)
    assert heard[0].steps
    assert not [message for message in heard if isinstance(message, Report)]


def test_a_command_is_shown_when_everyone_has_run_it(watched: Watched) -> None:
    house = watched.house
    ada, alan = house.join("Ada"), house.join("Alan")
    house.now = 2000.0
    ada.do("move", 5, "é")
    house.flush()
    assert watched.shown == []
    house.now += 0.010
    watched.report(ada, 3, ran=2.0, sent=0.5)
    assert watched.shown == []
    house.now += 0.010
    watched.report(alan, 3, ran=4.0)
    (trace,) = watched.shown
    assert (trace.room, trace.seq, trace.by, trace.command, trace.arguments) == ("dots", 3, "Ada", "move", '[5,"é"]')
    assert trace.complete
    assert trace.acted_to_sent == 0.5
    assert trace.received_at == trace.sent_at == 2000.0
    assert trace.readers == ("Ada", "Alan")
    assert trace.silent == ()
    assert trace.ran == {"Ada": 2.0, "Alan": 4.0}
    assert trace.received == {"Ada": pytest.approx(8.0), "Alan": pytest.approx(16.0)}
    assert trace.came == '{"t":"do","n":1,"c":"move","a":[5,"é"]}'.encode()
    assert trace.went == house.room().log.lines(2, 3)[0]
    assert trace.frame == (1, len(trace.went))
    assert not trace.private


def test_who_does_not_report_is_not_waited_for_for_long(watched: Watched) -> None:
    house = watched.house
    ada = house.join("Ada")
    house.join("Alan")
    ada.do("move")
    house.flush()
    watched.report(ada, 3, ran=1.0, sent=0.5)
    house.wait(REPORT_WITHIN + 1.5)
    (trace,) = watched.shown
    assert not trace.complete
    assert trace.ran == {"Ada": 1.0}


def test_starter_clients_are_not_waited_for_at_all(watched: Watched) -> None:
    house = watched.house
    ada = house.join("Ada")
    house.join_by_lines(("Eve",))
    old = house.join_by_lines(("Alan",))
    old.say("move 5 0\n")
    house.flush()
    watched.report(ada, 4, ran=1.0)
    (trace,) = watched.shown
    assert (trace.by, trace.readers, trace.silent) == ("Alan", ("Ada", "Eve"), ("Eve",))
    assert trace.acted_to_sent is None


def test_a_room_of_starter_clients_shows_a_command_as_soon_as_it_is_written(watched: Watched) -> None:
    first = watched.house.join_by_lines()
    watched.house.join_by_lines()
    first.say("jump\n")
    watched.house.flush()
    (trace,) = watched.shown
    assert (trace.readers, trace.silent) == (("Alan",), ("Alan",))


def test_a_private_command_is_shown_with_its_own_readers_only(watched: Watched) -> None:
    house = watched.house
    ada, alan, eve = house.join("Ada"), house.join("Alan"), house.join("Eve")
    ada.do("whisper", to=("Alan",))
    house.flush()
    watched.report(eve, 4, ran=1.0)
    for program in (ada, alan):
        assert watched.shown == []
        watched.report(program, 4, ran=1.0)
    (trace,) = watched.shown
    assert trace.readers == ("Ada", "Alan")
    assert set(trace.ran) == {"Ada", "Alan"}
    assert trace.went == house.room().log.private(3, 4)[4].line
    assert trace.private


def test_who_is_away_is_not_among_the_readers(watched: Watched) -> None:
    house = watched.house
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.gone()
    ada.do("move")
    house.flush()
    watched.report(ada, 4, ran=1.0)
    assert watched.shown[0].readers == ("Ada",)


def test_reports_of_what_nobody_follows_are_passed_over(watched: Watched) -> None:
    ada = watched.house.join("Ada")
    for seq in (0, 1, -5, 10**12):
        watched.report(ada, seq, ran=1.0)
    assert watched.shown == []
    assert ada.hear() == []


def test_reports_do_not_count_against_the_rate() -> None:
    watched = Watched(rate=1, burst=2)
    ada, eve = watched.house.join("Ada"), watched.house.join("Eve")
    watched.house.now += 10
    ada.do("one")
    ada.do("two")
    watched.house.flush()
    assert len(eve.hear_commands()) == 2
    for seq in (3, 4):
        watched.report(eve, seq, ran=1.0)
    eve.do("three")
    eve.do("four")
    watched.house.flush()
    assert len(ada.hear_commands()) == 4


def test_reports_that_nobody_asked_for_count_like_all_else() -> None:
    """Else a stranger could send as many as it likes."""
    watched = Watched(rate=1, burst=20)
    ada = watched.house.join("Ada")
    ada.do("one")
    watched.house.flush()
    waits = [ada.peer.receive(codec.encode(Done(seq, 1.0)), watched.house.now) for seq in (1, 2, 2, 2, 10**9) * 10]
    assert waits[:19] == [0.0] * 19
    assert all(wait > 0 for wait in waits[20:])


def test_a_flood_of_commands_is_not_all_followed() -> None:
    watched = Watched(rate=10_000, burst=10_000)
    ada = watched.house.join("Ada")
    for _ in range(2000):
        ada.do("move")
    watched.house.flush()
    watched.house.wait(REPORT_WITHIN + 1.5)
    assert 0 < len(watched.shown) <= 500
    assert len(ada.hear_commands()) == 2000


def test_watching_does_no_harm_where_the_log_keeps_less_than_one_flush() -> None:
    watched = Watched(kept_entries=2, rate=10_000, burst=10_000)
    ada = watched.house.join("Ada")
    for _ in range(50):
        ada.do("move")
    watched.house.flush()
    watched.house.wait(REPORT_WITHIN + 1.5)
    assert len(ada.hear_commands()) == 50
    assert [trace.seq for trace in watched.shown][-1] == 51


def test_a_private_command_is_private_also_where_the_log_keeps_less_than_one_flush() -> None:
    watched = Watched(kept_entries=2, rate=10_000, burst=10_000)
    ada = watched.house.join("Ada")
    for _ in range(50):
        ada.do("whisper", to=("Ada",))
    watched.house.flush()
    watched.house.wait(REPORT_WITHIN + 1.5)
    assert len(watched.shown) > 40
    assert all(trace.private for trace in watched.shown)


def test_what_is_sent_twice_is_followed_once(watched: Watched) -> None:
    ada = watched.house.join("Ada")
    ada.do("move")
    ada.n = 0
    ada.do("move")
    watched.house.flush()
    watched.report(ada, 2, ran=1.0)
    assert len(watched.shown) == 1
