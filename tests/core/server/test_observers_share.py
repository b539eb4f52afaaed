"""How much observers are shown, and that what they are not shown is counted."""

from roomcast.core.protocol.messages import Do, Done, Join, Leave, Report
from roomcast.core.protocol.observer_messages import Counts, TraceReport, Watching
from roomcast.core.server import observers
from tests.core.fakes import House, Program
from tests.core.looking import look, reports, tick

# ---------------------------------------------------------------------- how much is shown


def crowd(house: House, players: int) -> list[Program]:
    return [house.join(f"player{number}") for number in range(players)]


def play(house: House, players: list[Program], seconds: int, rate: int) -> int:
    """All players act so many times a second, in turn, and report as they are asked; returns the reports sent."""
    every = [0] * len(players)
    sent = 0
    for _ in range(seconds):
        for turn in range(rate):
            for player in players:
                player.do("move", turn)
            house.now += 1 / rate
            house.flush()
            for number, player in enumerate(players):
                for message in player.hear():
                    if isinstance(message, Report):
                        every[number] = message.every
                    elif isinstance(message, Do) and every[number] and message.s % every[number] == 0:
                        player.say(Done(message.s, 0.1))
                        sent += 1
        house.directory.sweep(house.now)
    return sent


def test_of_few_commands_every_one_is_shown() -> None:
    house = House()
    players = crowd(house, 3)
    eve = look(house)
    play(house, players, seconds=3, rate=10)
    told = eve.hear()
    assert len({m.s for m in told if isinstance(m, Do)}) == 90
    assert len({m.s for m in told if isinstance(m, TraceReport)}) == 90
    assert all((m.unseen, m.every) == (0, 1) for m in told if isinstance(m, Counts))


def test_of_many_commands_a_sample_is_shown_and_all_are_counted() -> None:
    house = House(room_players=100)
    players = crowd(house, 50)
    eve = look(house)
    seconds, rate = 6, 20
    sent = play(house, players, seconds, rate)
    told = eve.hear()
    counts = [message for message in told if isinstance(message, Counts)]
    entries = [message for message in told if isinstance(message, Do)]
    traces = [message for message in told if isinstance(message, TraceReport)]
    assert sum(count.do for count in counts) == seconds * rate * 50
    assert sum(count.unseen for count in counts) == seconds * rate * 50 - len(entries)
    assert len(entries) <= (seconds + 1) * observers.ENTRIES_PER_SECOND
    assert counts[-1].every > 1
    later = [trace for trace in traces if trace.s > 50 + 2 * rate * 50]  # when it has settled
    assert 0 < len(later) <= (seconds - 2) * observers.TRACES_PER_SECOND
    assert sent < (seconds + 4) * observers.REPORTS_PER_SECOND
    assert len({trace.by for trace in later}) > 25, "players who take turns should all be seen"


def test_as_it_gets_quiet_all_is_shown_again() -> None:
    house = House(room_players=100)
    players = crowd(house, 50)
    look(house)
    play(house, players, seconds=2, rate=20)
    (watching,) = house.room().subscriptions.all
    assert watching.every > 1
    play(house, players[:1], seconds=2, rate=2)
    assert watching.every == 1
    house.flush()
    assert reports(players[5])[-1] == 1


def test_one_that_comes_into_the_midst_of_a_busy_room_does_not_ask_for_everything() -> None:
    house = House(room_players=100)
    players = crowd(house, 50)
    play(house, players, seconds=1, rate=20)
    look(house)
    assert reports(players[0])[0] > 1


def test_large_commands_are_left_out_before_they_are_too_much() -> None:
    house = House(rate=10_000, burst=10_000)
    ada = house.join("Ada")
    eve = look(house)
    for _ in range(20):
        ada.do("paint", "x" * 60_000)
    house.flush()
    tick(house)
    told = eve.hear()
    shown = [message for message in told if isinstance(message, Do)]
    assert len(shown) == observers.BYTES_PER_SECOND // 60_100
    (counts,) = [message for message in told if isinstance(message, Counts)]
    assert (counts.do, counts.unseen) == (20, 20 - len(shown))
    assert counts.bytes > 20 * 60_000


def test_who_comes_and_goes_is_always_shown() -> None:
    house = House(rate=10_000, burst=10_000)
    ada = house.join("Ada")
    eve = look(house)
    for _ in range(observers.ENTRIES_PER_SECOND * 2):
        ada.do("move")
    house.join("Alan").gone(clean=True)
    house.flush()
    assert [type(m) for m in eve.hear() if isinstance(m, Join | Leave)] == [Join, Leave]


def test_of_more_than_the_log_keeps_the_rest_is_counted() -> None:
    house = House(kept_entries=10, rate=10_000, burst=10_000)
    ada = house.join("Ada")
    eve = look(house)
    for _ in range(50):
        ada.do("move")
    house.flush()
    tick(house)
    told = eve.hear()
    (counts,) = [message for message in told if isinstance(message, Counts)]
    assert counts.unseen == 50 - len([message for message in told if isinstance(message, Do)])


# ---------------------------------------------------------------------- observers who do not read


def test_one_that_does_not_read_is_sent_nothing_and_told_how_much_it_missed() -> None:
    house = House(unread=1000, rate=10_000, burst=10_000)
    ada = house.join("Ada")
    eve = look(house)
    eve.hear()
    eve.connection.stop_reading()
    while eve.connection.unread() <= 1000:
        ada.do("say", "x" * 100)
        house.flush()
    written = len(eve.connection.writes)
    for _ in range(100):
        ada.do("move")
    alan = house.join("Alan")
    house.flush()
    tick(house)
    assert len(eve.connection.writes) == written
    eve.connection.read_on()
    tick(house)
    start = [message for message in eve.hear() if isinstance(message, Watching)][-1]
    assert start.missed >= 101
    assert start.s == house.room().log.last
    assert [one.id for one in start.players] == ["Ada", "Alan"]
    alan.do("jump")
    house.flush()
    assert eve.all(Do)[-1].c == "jump"


def test_one_that_never_reads_is_dropped() -> None:
    house = House(unread=1000, unread_for=5)
    ada = house.join("Ada")
    eve = look(house)
    eve.connection.stop_reading()
    while eve.connection.unread() <= 1000:
        ada.do("say", "x" * 100)
        house.flush()
    house.wait(8)
    assert eve.connection.aborted
