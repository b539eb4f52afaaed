"""One connection, whatever it speaks: how fast it may send, whether it is alive, its end."""

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Do, Leave
from tests.core.fakes import House, act

# ---------------------------------------------------------------------- too fast


def test_who_sends_too_fast_waits_and_nothing_is_lost() -> None:
    house = House(rate=10, burst=5)
    ada, alan = house.join("Ada"), house.join("Alan")
    frame = b"\n".join(codec.encode(act(n, "move", n)) for n in range(1, 31))
    wait = alan.peer.receive(frame, house.now)
    done: list[str] = []
    waits = 0
    while wait > 0:
        house.flush()
        done += ada.hear_commands()
        assert len(done) <= 5 + 10 * (house.now - 1000) + 1
        house.now += wait
        wait = alan.peer.read_on(house.now)
        waits += 1
    house.flush()
    done += ada.hear_commands()
    assert done == [f"Alan: move [{n}]" for n in range(1, 31)]
    assert waits == 25
    assert house.now - 1000 == pytest.approx(2.5, abs=0.1)
    (told,) = alan.hear_errors()
    assert (told.code, told.n) == ("rate", 0)
    assert "the 10 commands a second that a player may send: send less often (setting: rate)" in told.message


def test_what_comes_while_others_wait_stands_behind_them() -> None:
    house = House(rate=10, burst=1)
    ada = house.join("Ada")
    ada.say(act(1, "one"), act(2, "two"))
    ada.say(act(3, "three"))
    assert ada.peer.read_on(house.now) > 0
    for _ in range(3):
        house.now += 0.11
        ada.peer.read_on(house.now)
    house.flush()
    assert ada.hear_commands() == ["Ada: one []", "Ada: two []", "Ada: three []"]


def test_nonsense_behind_what_waits_ends_the_connection_only_when_its_turn_comes() -> None:
    house = House(rate=10, burst=1)
    ada = house.join("Ada")
    ada.say(act(1, "one"), act(2, "two"))
    ada.say(b"x" * 70_000)
    assert not ada.connection.ended
    house.now += 0.11
    ada.peer.read_on(house.now)
    house.flush()
    assert ada.hear()[-1:] != []
    assert house.room().log.last == 3
    assert ada.connection.closed == (1008, "too-big")


def test_one_who_says_goodbye_has_all_done_that_waited() -> None:
    house = House(rate=10, burst=1)
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.say(act(1, "one"), act(2, "two"), act(3, "three"))
    alan.gone(clean=True)
    house.flush()
    heard = ada.hear()
    assert [m.c for m in heard if isinstance(m, Do)] == ["one", "two", "three"]
    assert isinstance(heard[-1], Leave)


def test_one_who_is_cut_off_says_again_what_waited() -> None:
    house = House(rate=10, burst=1)
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.say(act(1, "one"), act(2, "two"))
    alan.gone()
    house.now += 1
    again = house.come_back(alan)
    again.say(act(1, "one"), act(2, "two"))
    house.now += 1
    again.peer.read_on(house.now)
    house.flush()
    assert ada.hear_commands() == ["Alan: one []", "Alan: two []"]


def test_other_players_do_not_wait_with_one_who_is_too_fast() -> None:
    house = House(rate=10, burst=1)
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.say(*[act(n, "move", n) for n in range(1, 20)])
    alan.say(act(1, "jump"))
    house.flush()
    assert "Alan: jump []" in alan.hear_commands()


# ---------------------------------------------------------------------- alive?


def test_a_silent_peer_is_asked_once_and_then_let_go(house: House) -> None:
    ada = house.join("Ada")
    ada.connection.answers_pings = False
    house.wait(10)
    assert ada.connection.pings == 0
    house.wait(2)
    assert ada.connection.pings == 1
    house.wait(13)
    assert not ada.connection.ended
    house.wait(2)
    assert ada.connection.pings == 1
    assert ada.connection.aborted


def test_a_sign_of_life_is_enough(house: House) -> None:
    quiet, busy = house.join("Quiet"), house.join("Busy")
    busy.connection.answers_pings = False
    house.wait(300, also=lambda: busy.say(b"\n"))
    assert not quiet.connection.ended
    assert quiet.connection.pings >= 20
    assert not busy.connection.ended
    assert busy.connection.pings == 0


def test_while_the_server_stands_still_nobodys_time_runs_out() -> None:
    house = House(unread=1000, rate=1000, burst=1000)
    ada, slow, away, stranger = house.join("Ada"), house.join("Slow"), house.join("Away"), house.knock()
    ada.connection.answers_pings = False
    slow.connection.stop_reading()
    for _ in range(10):
        ada.do("move", "x" * 200)
    away.gone()
    house.wait(5)
    house.now += 500
    house.directory.exclude_downtime(500, house.now)
    house.wait(1)
    assert not any(one.connection.ended for one in (ada, slow, stranger))
    assert house.room().state.players["Away"].here is False, "its seat is kept"
    again = house.come_back(away)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert again.welcome.resumed
    house.wait(40)
    assert all(one.connection.ended for one in (ada, slow, stranger)), "but for that, time goes on"


def test_while_the_server_stands_still_one_that_was_disconnected_keeps_its_time_to_read() -> None:
    house = House(unread=1000, rate=1000, burst=1000, drain=30)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    for _ in range(10):
        ada.do("move", "x" * 200)
    house.flush()
    slow.peer.disconnect("closing", "the server is closing")
    house.wait(2, also=lambda: slow.connection.read_some(10))
    house.now += 500
    house.directory.exclude_downtime(500, house.now)
    house.wait(20, also=lambda: slow.connection.read_some(10))
    assert not slow.connection.aborted
    house.wait(15, also=lambda: slow.connection.read_some(10))
    assert slow.connection.aborted, "but for that, time goes on"


def test_who_does_not_read_for_too_long_is_dropped_and_may_come_back() -> None:
    house = House(unread=1000, rate=1000, burst=1000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    for _ in range(10):
        ada.do("move", "x" * 200)
    house.flush()
    house.wait(29, also=lambda: ada.do("move", "x" * 100))
    assert not slow.connection.ended
    house.wait(5, also=lambda: ada.do("move", "x" * 100))
    assert slow.connection.aborted
    slow.hear()
    slow.peer.gone(house.now, clean=False)
    again = house.come_back(slow)
    house.flush()
    again.hear()
    assert again.welcome is not None
    assert again.welcome.resumed
    assert again.state == house.room().state


def test_who_reads_slowly_is_not_dropped() -> None:
    house = House(unread=1000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    for _ in range(30):
        ada.do("move", "x" * 100)
    house.flush()
    assert slow.connection.unread() > 1000
    house.wait(70, also=lambda: slow.connection.read_some(10))
    assert slow.connection.unread() > 0
    assert not slow.connection.ended


def test_who_reads_more_slowly_than_is_written_is_left_to_its_cursor_and_not_dropped() -> None:
    house = House(unread=10_000, kept_entries=20)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()

    def turn() -> None:
        ada.do("move", "x" * 100)
        slow.connection.read_some(50)

    house.wait(100, also=turn)
    assert slow.connection.unread() > 5_000
    assert not slow.connection.ended


def test_who_reads_on_after_the_log_has_forgotten_what_it_missed_hears_all_that_comes_from_then_on() -> None:
    house = House(unread=100, kept_entries=10, rate=1000, burst=1000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    for _ in range(100):
        ada.do("move")
        house.flush()
    slow.connection.read_on()
    ada.do("end")
    house.flush()
    assert slow.hear_commands()[-1] == "Ada: end []"
    assert slow.state == house.room().state


def test_who_says_wrong_things_and_does_not_read_the_errors_is_cut_off() -> None:
    house = House(unread=1000)
    eve = house.join("Eve")
    eve.connection.stop_reading()
    for _ in range(100):
        eve.say(b'{"t":"later"}')
    assert eve.connection.aborted
    assert eve.connection.unread() < 1500


def test_who_does_not_take_its_bye_is_cut_off(house: House) -> None:
    ada = house.join("Ada")
    ada.say(b"nonsense")
    assert ada.connection.closed is not None
    assert not ada.connection.aborted
    house.wait(5)
    assert ada.connection.aborted


def test_memory_has_a_bound_however_many_do_not_read() -> None:
    house = House(unread=1000, kept_entries=50, rate=1000, burst=1000)
    ada = house.join("Ada")
    slow = [house.join(f"Slow {number}") for number in range(10)]
    for program in slow:
        program.connection.stop_reading()
    for _ in range(500):
        ada.do("say", "x" * 100)
        house.flush()
    assert all(program.connection.unread() < 1500 for program in slow)
    assert len(house.room().log) <= 55


# ---------------------------------------------------------------------- the bye


def test_after_the_bye_nothing_more_is_written(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.say(b"nonsense")
    assert alan.hear_bye().code == "bad-message"
    assert house.room().feed.caught_up == 1, "a flush writes to Ada alone"
    ada.do("move")
    house.flush()
    assert alan.hear() == []
    alan.peer.disconnect("closing", "again")
    assert alan.hear() == []


def test_who_is_gone_is_gone_only_once(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.gone()
    alan.gone(clean=True)
    house.flush()
    assert len(ada.hear()) == 1
