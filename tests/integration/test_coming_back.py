"""Lost connections, servers that close and start again, readers that fall behind: the game has no code for it."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from websockets.sync.client import connect

import roomcast
from roomcast import Room
from roomcast.transports import picows_client
from tests.integration.conftest import RunningServer
from tests.integration.dam import Dam
from tests.integration.rooms import notes, pump_until
from tests.plain_player import PlainPlayer
from tests.waiting import TOO_LONG, wait_for

Start = Callable[..., RunningServer]

PRESENCE = ("join", "leave", "away", "back")
CONNECTION = ("offline", "resumed", "lost", "skipped", "closed", "error")


@pytest.fixture
def dam(server: RunningServer) -> Iterator[Dam]:
    with Dam(server.port) as between:
        yield between


def dammed(dam: Dam, name: str = "red") -> Room:
    """A player behind the dam."""
    return roomcast.join(f"127.0.0.1:{dam.port}/dots", name=name)


# ---------------------------------------------------------------- a lost connection


def test_a_lost_connection_comes_back_and_nothing_is_lost(server: RunningServer, dam: Dam) -> None:
    with roomcast.join(server.address(), name="blue") as blue, dammed(dam) as red:
        seen = notes(blue, *PRESENCE, "step")
        felt = notes(red, *CONNECTION, "step")
        pump_until(lambda: ("join", "red") in seen, blue)
        red.me["at"] = 1
        pump_until(lambda: red.unacknowledged == 0, red)

        dam.cut()
        pump_until(lambda: ("away", "red") in seen and felt, red, blue)
        assert felt[0][0] == "offline"
        assert not blue.players["red"].here
        assert blue.players["red"]["at"] == 1  # its seat is kept, with all that is on it
        red.send("step", 1)
        blue.send("step", 2)
        dam.mend()

        pump_until(lambda: len(felt) == 4 and len(seen) == 6, red, blue)
        assert blue.players["red"].here
        assert felt[1:] == [("resumed", 3), ("step", "blue", 2), ("step", "red", 1)]  # its own away and back count
        assert seen == [
            ("join", "blue"),
            ("join", "red"),
            ("away", "red"),
            ("step", "blue", 2),
            ("back", "red"),
            ("step", "red", 1),
        ]


def test_a_network_that_swallows_everything_is_noticed_at_both_ends(
    often: None, start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picows_client, "PING_EVERY", 0.2)
    server = start_server(ping_every=0.2, silent_for=1.0)
    with Dam(server.port) as dam, roomcast.join(server.address(), name="blue") as blue, dammed(dam) as red:
        seen, felt = notes(blue, "away", "back"), notes(red, *CONNECTION)
        dam.hold(clients_too=True)
        pump_until(lambda: ("away", "red") in seen and felt, red, blue)
        assert felt[0][0] == "offline"
        server.set_limits(silent_for=60.0)
        dam.cut()
        dam.release()
        dam.mend()
        pump_until(lambda: seen == [("away", "red"), ("back", "red")] and felt[-1][0] == "resumed", red, blue)


def test_who_comes_back_after_its_seat_was_given_up_joins_again_with_its_state(
    often: None, start_server: Start
) -> None:
    server = start_server(seat_kept=0.1)
    with Dam(server.port) as dam, roomcast.join(server.address(), name="blue") as blue, dammed(dam) as red:
        seen, felt = notes(blue, *PRESENCE), notes(red, *CONNECTION)
        red.me["score"] = 7
        pump_until(lambda: red.unacknowledged == 0, red)
        dam.cut()
        pump_until(lambda: ("leave", "red") in seen, red, blue)
        dam.mend()
        pump_until(lambda: seen[-1] == ("join", "red"), red, blue)
        assert blue.players["red"]["score"] == 7
        pump_until(lambda: felt[-1][0] == "resumed", red)
        assert red.me["score"] == 7
        assert seen[1:] == [("join", "red"), ("away", "red"), ("leave", "red"), ("join", "red")]


def test_who_comes_back_too_late_is_somebody_new_and_told_so(often: None, start_server: Start) -> None:
    server = start_server(seat_kept=0.1, resume_window=0.1)
    with Dam(server.port) as dam, roomcast.join(server.address(), name="blue") as blue, dammed(dam) as red:
        seen, felt = notes(blue, *PRESENCE), notes(red, *CONNECTION, "step")
        red.me["score"] = 7
        pump_until(lambda: red.unacknowledged == 0, red)
        before = red.me
        dam.cut()
        pump_until(lambda: ("leave", "red") in seen and felt, red, blue)
        wait_for(lambda: server.ask(lambda: len(server.directory.rooms["dots"].sessions)) == 1)
        red.send("step", 1)  # never sent so far: nothing of it is lost
        dam.mend()
        pump_until(lambda: felt[-1] == ("step", "red", 1), red)
        assert [what[0] for what in felt] == ["offline", "lost", "step"]
        assert "no longer knows this session" in felt[1][1]
        assert "may be lost" not in felt[1][1]
        assert "score" not in red.me
        assert red.me == before  # of the same name, and so of the same id


def test_an_offline_program_without_a_handler_finds_it_in_its_log(dam: Dam, caplog: pytest.LogCaptureFixture) -> None:
    with dammed(dam) as red:
        dam.cut()
        pump_until(lambda: "trying again" in caplog.text, red)
        dam.mend()


def test_sending_never_blocks_though_the_network_takes_nothing(dam: Dam) -> None:
    with dammed(dam) as red:
        dam.hold(clients_too=True)
        for number in range(200):
            # 12 MB, more than any buffer of the system's takes: waiting for the network would be waiting for the dam.
            red.send("draw", number, "x" * 60_000)
        assert red.unacknowledged == 200
        dam.release()
        pump_until(lambda: red.unacknowledged == 0, red)


def test_more_than_may_wait_is_too_fast_and_the_rest_arrives(server: RunningServer, dam: Dam) -> None:
    with roomcast.join(server.address(), name="blue") as blue, dammed(dam) as red:
        heard = notes(blue, "count")
        dam.cut()
        pump_until(lambda: "red" in blue.players and not blue.players["red"].here, blue)
        taken = 0
        with pytest.raises(roomcast.TooFast, match=r"10000 messages wait .* so count was not taken"):  # noqa: PT012
            while True:
                red.send("count", taken)
                taken += 1
        assert taken == 10_000
        dam.mend()
        pump_until(lambda: len(heard) == taken and red.unacknowledged == 0, red, blue)
        assert heard == [("count", "red", number) for number in range(taken)]
        red.send("count", taken)  # there is room again


# ---------------------------------------------------------------- a server that closes


def test_a_server_that_closes_says_bye_and_one_that_starts_again_has_us_back(start_server: Start) -> None:
    first = start_server()
    with roomcast.join(first.address(), name="red") as red, roomcast.join(first.address(), name="blue") as blue:
        felt, seen = notes(red, *CONNECTION, "step"), notes(red, *PRESENCE)
        red.state["level"] = 3
        pump_until(lambda: red.unacknowledged == 0 and "blue" in red.players, red)
        first.stop()
        pump_until(lambda: felt, red)
        assert felt == [("offline", "the program that hosted this room has ended")]
        assert not red.closed
        blue.leave()
        red.send("step", 1)

        second = start_server(port=first.port)
        pump_until(lambda: len(felt) == 3, red)
        assert felt[1][0] == "lost"
        assert "the server is a new one" in felt[1][1]
        assert felt[2] == ("step", "red", 1)
        assert "level" not in red.state
        assert [player.id for player in red.players] == ["red"]
        assert seen == [("join", "red"), ("join", "blue"), ("leave", "blue")]
        with roomcast.join(second.address(), name="blue") as blue:
            heard = notes(blue, "step")
            red.send("step", 2)
            pump_until(lambda: heard, blue)
            assert heard == [("step", "red", 2)]


@pytest.mark.parametrize(
    ("unseen", "says"), [(1, "1 of our messages was on its way"), (2, "2 of our messages were on their way")]
)
def test_what_was_on_its_way_to_a_server_that_ended_is_counted_as_perhaps_lost(
    start_server: Start, unseen: int, says: str
) -> None:
    first = start_server()
    with Dam(first.port) as dam, dammed(dam) as red:
        felt = notes(red, *CONNECTION, "step")
        red.send("step", 1)
        pump_until(lambda: felt == [("step", "red", 1)], red)
        dam.hold()
        for number in range(unseen):
            red.send("step", 2 + number)
        wait_for(lambda: first.ask(lambda: first.directory.commands) == 1 + unseen, what="the server has them")
        dam.cut()
        pump_until(lambda: felt[-1][0] == "offline", red)
        first.stop()
        red.send("step", 4)
        start_server(port=first.port)
        dam.mend()
        dam.release()
        pump_until(lambda: ("step", "red", 4) in felt, red)
        (lost,) = (what for kind, *what in felt if kind == "lost")
        assert lost[0].endswith(f"; {says}, and may be lost")
        assert [what for what in felt if what[0] == "step"] == [("step", "red", 1), ("step", "red", 4)]


def test_of_two_connections_for_one_session_the_newer_wins_and_the_older_is_told(server: RunningServer) -> None:
    with roomcast.join(server.address(), name="red") as red:
        felt = notes(red, *CONNECTION)
        session = red._core._secret
        with connect(f"ws://127.0.0.1:{server.port}/") as thief:  # as a copy of the program with its memory would
            thief.send(f'{{"t": "hello", "room": "dots", "resume": {{"session": "{session}", "seen": {red.seq}}}}}')
            pump_until(lambda: red.closed, red)
            welcome = json.loads(thief.recv(10))
            assert (welcome["me"], welcome["resumed"]) == ("red", True)
            thief.send('{"t": "do", "n": 1, "c": "step"}')
            came = json.loads(thief.recv(10))
            assert (came["t"], came["by"], came["s"]) == ("do", "red", welcome["s"] + 1)
        assert felt == [("closed", "this session has connected anew from elsewhere")]
        for attempt in (lambda: red.send("step"), lambda: red.me.update(x=1)):
            with pytest.raises(roomcast.RoomClosed, match="connected anew from elsewhere"):
                attempt()
        red.pump(wait=TOO_LONG)


# ---------------------------------------------------------------- those who fall behind

FLOOD = 400  # commands of 20 KB: 8 MB, more than the system's buffers take


def flood(room: Room, after_each: Callable[[], object] = lambda: None) -> None:
    """Send them in waves, so that the server writes many times."""
    for count in range(FLOOD):
        room.send("draw", count, "x" * 20_000)
        room.state[f"k{count % 7}"] = count
        if count % 20 == 19:
            pump_until(lambda: room.unacknowledged == 0, room)
            after_each()


def test_who_falls_off_the_kept_log_skips_and_has_the_same_state(start_server: Start) -> None:
    server = start_server(kept_entries=20, unread=16 * 1024)
    with (
        Dam(server.port) as dam,
        dammed(dam) as red,
        roomcast.join(server.address(), name="blue") as blue,
        roomcast.join(server.address(), name="pink") as pink,
        ExitStack() as at_end,
    ):
        felt, drawn = notes(red, *CONNECTION, *PRESENCE), notes(red, "draw")
        pump_until(lambda: ("join", "pink") in felt, red)
        red.state["mine"] = 1
        pump_until(lambda: red.unacknowledged == 0, red)
        dam.hold()
        flood(blue)
        pink.leave()
        green = at_end.enter_context(roomcast.join(server.address(), name="green"))
        flood(blue)
        dam.release()
        pump_until(lambda: red.seq == green.seq and ("join", "green") in felt, red, blue, green)

        skips = [what[1:] for what in felt if what[0] == "skipped"]
        assert skips
        assert dict(red.state.items()) == dict(blue.state.items())
        assert red.state["mine"] == 1
        assert [player.id for player in red.players] == ["red", "blue", "green"]
        assert ("leave", "pink") in felt  # told of like any other
        numbers = [number for _, _, number, _ in drawn]
        assert 0 < len(numbers) < 2 * FLOOD
        red.send("draw", "again", "")
        pump_until(lambda: drawn[-1][2] == "again", red)


def test_a_slow_reader_costs_the_server_no_more_than_its_limits(start_server: Start) -> None:
    server = start_server(kept_entries=50, unread=16 * 1024)
    most_unread = most_kept = 0
    fell_behind = False

    def look() -> None:
        nonlocal most_unread, most_kept, fell_behind
        room = server.directory.rooms["dots"]
        connections = [peer.connection for peer in server.directory.peers]
        fell_behind = fell_behind or any(one.behind for one in connections)
        most_unread = max(most_unread, *(one.unread() for one in connections))
        most_kept = max(most_kept, room.log.size)

    with Dam(server.port) as dam, dammed(dam), roomcast.join(server.address(), name="blue") as blue:
        dam.hold()
        flood(blue, after_each=lambda: server.ask(look))
        dam.release()
    assert fell_behind  # it had more than the limit unread; the system may have taken some of that before we looked
    assert most_unread < 16 * 1024 + 20 * 21_000  # the limit, and what one write may hold
    assert most_kept < (50 + 40) * 21_000  # what is kept, and what came since it was last trimmed


def test_what_one_does_not_read_waits_where_the_server_sees_it(start_server: Start) -> None:
    """Not in the system's buffers: who reads a little would seem to read nothing, and its ping would wait behind."""
    server = start_server(unread=16 * 1024 * 1024)
    with Dam(server.port) as dam, dammed(dam) as red, roomcast.join(server.address(), name="blue") as blue:
        with PlainPlayer(server.starter_port) as ada:
            ada.meet()
            pump_until(lambda: "Ada" in red.players, red)
            dam.hold()
            for _ in range(100):
                blue.send("draw", "x" * 20_000)
            pump_until(lambda: blue.unacknowledged == 0, blue)
            unread = server.ask(lambda: sorted(peer.connection.unread() for peer in server.directory.peers))
            dam.release()
        assert unread[0] == 0
        assert unread[1] > 1_500_000  # of 2 MB
        assert unread[2] > 1_500_000


def test_who_reads_nothing_for_too_long_is_dropped_and_may_come_back(often: None, start_server: Start) -> None:
    server = start_server(unread=16 * 1024, unread_for=0.3)
    with Dam(server.port) as dam, dammed(dam) as red, roomcast.join(server.address(), name="blue") as blue:
        seen, felt, drawn = notes(blue, "away", "back"), notes(red, *CONNECTION), notes(red, "draw")
        dam.hold()
        flood(blue)
        pump_until(lambda: ("away", "red") in seen, blue)
        # From here on it reads, but on a busy computer perhaps nothing for a moment: that is no reason any more.
        server.set_limits(unread_for=60.0)
        dam.release()
        pump_until(lambda: len(drawn) == FLOOD and ("back", "red") in seen, red, blue)
        assert [what[0] for what in felt] == ["offline", "resumed"]
        assert [number for _, _, number, _ in drawn] == list(range(FLOOD))
        assert dict(red.state.items()) == dict(blue.state.items())
