"""The starter protocol on real sockets: programs from before Roomcast, alone and in one room with Python players."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

import roomcast
from roomcast import Player, Room
from roomcast.server.server import NAMES
from tests.integration.conftest import RunningServer
from tests.integration.rooms import notes, pump_until
from tests.plain_player import PlainPlayer

Start = Callable[..., RunningServer]


class OldProgram(PlainPlayer):
    """Connected, and told who it is."""

    def __init__(self, server: RunningServer) -> None:
        super().__init__(server.starter_port or 0)
        self.others = self.meet()

    def last_words(self) -> list[str]:
        """All that it hears until the server ends the connection; then it closes, as they do."""
        heard = [line.rstrip("\n") for line in self._lines]
        self.close()
        return heard


@pytest.fixture
def old(server: RunningServer) -> Iterator[Callable[[], OldProgram]]:
    """old() → one more program of the old kind."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(OldProgram(server))


@pytest.fixture
def ada(old: Callable[[], OldProgram]) -> OldProgram:
    return old()


@pytest.fixture
def alan(old: Callable[[], OldProgram], ada: OldProgram) -> OldProgram:
    player = old()
    assert ada.hear() == "newPlayer Alan"
    return player


@pytest.fixture
def red(server: RunningServer) -> Iterator[Room]:
    """A Python player in the same room."""
    with roomcast.join(server.address("dots"), name="red") as room:
        yield room


# ---------------------------------------------------------------- byte for byte


def test_the_greeting_is_what_it_always_was(server: RunningServer) -> None:
    def greeting(connection: socket.socket, end: bytes) -> bytes:
        heard = b""
        while not heard.endswith(end):
            heard += connection.recv(10)  # ten bytes at a time, as those programs read
        return heard

    address = ("127.0.0.1", server.starter_port or 0)
    with ExitStack() as stack:
        ada, alan, barbara = (stack.enter_context(socket.socket()) for _ in range(3))
        ada.connect(address)
        assert greeting(ada, b"myIDis Ada \n") == b"myIDis Ada \n"
        alan.connect(address)
        assert greeting(alan, b"Alan \n") == b"newPlayer Ada\nmyIDis Alan \n"
        assert greeting(ada, b"\n") == b"newPlayer Alan\n"
        barbara.connect(address)
        assert greeting(barbara, b"Barbara \n") == b"newPlayer Ada\nnewPlayer Alan\nmyIDis Barbara \n"
        assert greeting(ada, b"\n") == greeting(alan, b"\n") == b"newPlayer Barbara\n"

        ada.sendall(b"move 5 0\njump\n")
        assert greeting(alan, b"jump Ada\n") == b"move Ada 5 0\njump Ada\n"
        alan.sendall("sag Grüße 🐢\n".encode())
        assert greeting(ada, b"\n") == "sag Alan Grüße 🐢\n".encode()  # and nothing of its own before it


def test_there_may_be_more_players_than_names(server: RunningServer) -> None:
    with ExitStack() as room:
        players = [room.enter_context(OldProgram(server)) for _ in range(len(NAMES) + 3)]
        ids = [player.id for player in players]
        assert ids == [*NAMES, *(f"{name}2" for name in NAMES[:3])]
        assert players[-1].others == ids[:-1]
        players[0].say("hello")
        heard = [players[-1].hear() for _ in range(1)]
        assert heard == ["hello Ada"]


def test_a_name_that_is_free_again_is_given_again(server: RunningServer, ada: OldProgram, red: Room) -> None:
    left = notes(red, "leave")
    ada.close()
    pump_until(lambda: left, red)
    with OldProgram(server) as newcomer:
        assert newcomer.id == "Ada"


@pytest.mark.parametrize("size", [1, 2, 3, 10, 1000])
def test_lines_may_arrive_cut_or_joined_anyhow(ada: OldProgram, alan: OldProgram, size: int) -> None:
    said = "say é\r\nmove 1 2\n\n   \nsay  🐢 hello \n".encode()
    for start in range(0, len(said), size):
        ada.send(said[start : start + size])
        if size < 10:
            time.sleep(0.001)  # so that the pieces are not read as one; with luck or not, it must work
    assert [alan.hear() for _ in range(3)] == ["say Ada é", "move Ada 1 2", "say Ada 🐢 hello"]


def test_nobody_hears_its_own_lines_and_all_others_hear_them_in_one_order(
    old: Callable[[], OldProgram], red: Room
) -> None:
    players = [old() for _ in range(4)]
    steps = notes(red, "step")
    for number in range(50):
        for player in players:
            player.say(f"step {number}")
    pump_until(lambda: len(steps) == 200, red)
    for player in players:
        expected = [f"step {who} {number}" for _, who, number in steps if who != player.id]
        heard: list[str] = []
        while len(heard) < len(expected):
            line = player.hear()
            if not line.startswith("newPlayer"):
                heard.append(line)
        assert heard == expected


# ---------------------------------------------------------------- what breaks the protocol


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"x" * 70_000 + b"\n", "where the limit is 65536 bytes (setting: message-size)"),
        (b"x" * 3_000_000, "where the limit is 65536 bytes (setting: message-size)"),  # and more than any buffer takes
        (b"draw" + b" 1" * 10_001 + b"\n", "where the limit is 10000 values (setting: json-values)"),
        (b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03\xff\n", "has no TLS"),
    ],
    ids=["long", "endless", "too many words", "TLS"],
)
def test_who_breaks_the_protocol_is_told_why_and_goes_alone(
    ada: OldProgram, alan: OldProgram, red: Room, bad: bytes, why: str
) -> None:
    seen = notes(red, "leave", "step")
    assert alan.hear() == "newPlayer red"
    alan.say("step 1")
    alan.send(bad)
    (last,) = alan.last_words()
    assert last.startswith("error server ")
    assert why in last

    ada.say("step 2")
    pump_until(lambda: len(seen) == 3, red)
    assert sorted(seen) == [("leave", "Alan"), ("step", "Ada", "2"), ("step", "Alan", "1")]


def test_no_page_can_play_by_sending_lines_in_a_request(server: RunningServer, alan: OldProgram, red: Room) -> None:
    """A browser sends such a request for a page of any site: `fetch(…, {method: "POST", mode: "no-cors", body})`."""
    request = (
        f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{server.starter_port}\r\nOrigin: http://evil.example\r\n"
        "Content-Type: text/plain\r\nContent-Length: 20\r\n\r\nmove 5 0\nmove 5 0\n"
    )
    seen = notes(red, "move", "POST", "Host:", "Origin:")
    with socket.create_connection(("127.0.0.1", server.starter_port or 0), timeout=10) as page:
        page.sendall(request.encode())
        heard = b"".join(iter(lambda: page.recv(4096), b""))
    assert b"error server this port is for starter clients: browsers want the server's other port" in heard
    alan.say("move 1 1")
    pump_until(lambda: seen, red)
    assert seen == [("move", "Alan", "1", "1")]


def test_what_comes_after_a_line_that_is_too_long_is_not_run_however_it_arrives(alan: OldProgram, red: Room) -> None:
    seen = notes(red, "leave", "step")
    alan.send(b"step 1\n" + b"x" * 70_000 + b"\nstep 2\n")
    assert alan.last_words()[-1].startswith("error server ")
    pump_until(lambda: ("leave", "Alan") in seen, red)
    assert seen == [("step", "Alan", "1"), ("leave", "Alan")]


def test_lines_that_are_no_commands_are_passed_over_and_logged(
    alan: OldProgram, red: Room, caplog: pytest.LogCaptureFixture
) -> None:
    seen = notes(red, "leave", "step")
    alan.send(b"step 1\nstep \xff\n" + b"x" * 65 + b"\nst\tep 9\nsay caf\xc3\nstep 2\n")
    pump_until(lambda: len(seen) == 2, red)
    alan.close()
    pump_until(lambda: len(seen) == 3, red)
    assert seen == [("step", "Alan", "1"), ("step", "Alan", "2"), ("leave", "Alan")]
    lines = [record.message for record in caplog.records if record.name == "roomcast.server"]
    assert lines == [
        (
            "Starter client Alan in the room 'dots': a line was passed over: not UTF-8: invalid start byte at byte 5 "
            "(help: roomcast help old-program)"
        ),
        "Starter client Alan in the room 'dots': 4 lines in all were passed over",
    ]


def test_a_client_that_vanishes_has_left(alan: OldProgram, red: Room) -> None:
    seen = notes(red, "leave", "away", "step")
    alan.send(b"step 1\nstep 2")  # the second line is not whole, so it was not said
    pump_until(lambda: seen, red)
    alan.vanish()
    pump_until(lambda: len(seen) == 2, red)
    assert seen == [("step", "Alan", "1"), ("leave", "Alan")]
    assert "Alan" not in red.players


def test_a_client_that_hangs_up_after_its_last_line_is_heard_to_the_end(alan: OldProgram, red: Room) -> None:
    seen = notes(red, "leave", "step")
    alan.send(b"step 1\nstep 2\n")
    alan.close()
    pump_until(lambda: len(seen) == 3, red)
    assert seen == [("step", "Alan", "1"), ("step", "Alan", "2"), ("leave", "Alan")]


def test_a_full_room_is_said_in_the_only_line(start_server: Start) -> None:
    server = start_server(room_players=1)
    with OldProgram(server), PlainPlayer(server.starter_port or 0) as second:
        assert second.hear().startswith("error server the room 'dots' is full")
        assert second._lines.read() == ""


def test_it_runs_until_the_server_closes_the_socket(server: RunningServer, ada: OldProgram) -> None:
    server.stop()
    assert ada.last_words() == []  # no word that it would not know


def test_one_that_does_not_read_is_dropped_and_harms_nobody(often: None, start_server: Start) -> None:
    server = start_server(unread=16 * 1024, unread_for=0.3, kept_entries=50)
    with OldProgram(server), roomcast.join(server.address(), name="red") as red:
        seen = notes(red, "leave")
        deadline = time.monotonic() + 20
        while not seen:
            assert time.monotonic() < deadline
            for _ in range(10):
                red.send("draw", "x" * 60_000)
            pump_until(lambda: red.unacknowledged == 0, red)
        assert seen == [("leave", "Ada")]


# ---------------------------------------------------------------- too fast


def test_more_than_the_rate_waits_and_nothing_is_lost(start_server: Start) -> None:
    server = start_server(rate=125, burst=50)
    with OldProgram(server) as ada, OldProgram(server) as alan, roomcast.join(server.address()) as red:
        said = notes(red, "step", "hello")
        started = time.monotonic()
        ada.send(b"".join(b"step %d\n" % number for number in range(300)))
        alan.say("hello")
        heard = [ada.hear() for _ in range(3)]
        assert heard[-1] == "hello Alan"
        pump_until(lambda: len(said) == 301, red)
        assert time.monotonic() - started > 1.8
        assert said.index(("hello", "Alan")) < 300  # who keeps to the rate does not wait
        said.remove(("hello", "Alan"))
        assert said == [("step", "Ada", str(number)) for number in range(300)]


def test_what_waits_is_done_though_the_client_has_gone(start_server: Start) -> None:
    server = start_server(rate=500, burst=50)
    with roomcast.join(server.address()) as red:
        seen = notes(red, "step", "leave")
        with OldProgram(server) as ada:
            ada.send(b"".join(b"step %d\n" % number for number in range(200)))
        pump_until(lambda: len(seen) == 201, red)
        assert seen == [*(("step", "Ada", str(number)) for number in range(200)), ("leave", "Ada")]


# ---------------------------------------------------------------- in one room with Python players


def test_a_function_and_an_instruction_of_one_name_reach_each_other(alan: OldProgram, red: Room) -> None:
    ran = []

    @red.everywhere
    def move(player: Player, dx: int, dy: float, word: str = "none") -> None:
        ran.append((player.id, dx, dy, word))

    assert alan.hear() == "newPlayer red"
    alan.say("move 5 -1.5 7")
    pump_until(lambda: ran, red)
    assert ran == [("Alan", 5, -1.5, "7")]
    move(3, 0.5, word="hello")
    assert alan.hear() == "move red 3 0.5 hello"


def test_details_that_do_not_fit_become_an_error_event(alan: OldProgram, red: Room) -> None:
    errors: list[roomcast.Refused] = []
    red.on("error")(errors.append)
    red.on("move")(_move)
    alan.say("move five")
    pump_until(lambda: errors, red)
    assert str(errors[0]).startswith('from Alan: move("five") does not fit move(dx: int)')


def _move(dx: int) -> None:
    raise AssertionError("must not run")


def test_players_see_each_other_come_whatever_they_speak(server: RunningServer, red: Room) -> None:
    seen = notes(red, "join", "leave")
    with OldProgram(server) as ada:
        assert ada.others == ["red"]
        with roomcast.join(server.address(), name="Ada Lovelace"):
            assert ada.hear() == "newPlayer Ada_Lovelace"
    pump_until(lambda: ("leave", "Ada") in seen, red)
    assert ("join", "Ada") in seen


def test_whatever_python_sends_is_one_line_of_words(alan: OldProgram, red: Room) -> None:
    assert alan.hear() == "newPlayer red"
    red.send("say", "two words", "two\nlines\r\n", 'a "quote"', "", "é🐢")
    assert alan.hear() == 'say red two words two lines   a "quote"  é🐢'
    red.send("draw", [1, [2, "a b"]], {"x": None}, True, 0.5, None)
    assert alan.hear() == 'draw red [1,[2,"a b"]] {"x":null} true 0.5 null'
    red.send("paint", colour="navy", size=3)
    assert alan.hear() == "paint red navy 3"
    red.send("stop")
    assert alan.hear() == "stop red"


def test_a_python_player_cannot_speak_as_the_server(alan: OldProgram, red: Room) -> None:
    assert alan.hear() == "newPlayer red"
    red.send("newPlayer", "Nobody")
    red.send("myIDis", "Nobody")
    red.send("say", "x\nnewPlayer Nobody")
    assert alan.hear() == "say red x newPlayer Nobody"


def test_a_starter_client_cannot_speak_as_the_server_either(ada: OldProgram, alan: OldProgram) -> None:
    alan.say("newPlayer Nobody")
    alan.say("hello")
    assert ada.hear() == "hello Alan"


def test_private_commands_reach_starter_clients_too(ada: OldProgram, alan: OldProgram, red: Room) -> None:
    pump_until(lambda: "Alan" in red.players, red)
    red.send("whisper", "psst", to="Alan")
    red.send("all")
    assert [alan.hear() for _ in range(3)] == ["newPlayer red", "whisper red psst", "all red"]
    assert [ada.hear() for _ in range(2)] == ["newPlayer red", "all red"]
