"""The peer that speaks the starter protocol."""

import pytest

from roomcast.core.protocol.messages import Leave, Resume
from tests.core.fakes import House, LineProgram, Program


@pytest.fixture
def ada(house: House) -> Program:
    return house.join("Zuse")


def test_the_server_speaks_first_and_tells_who_is_there(house: House) -> None:
    first = house.join_by_lines()
    assert first.hear() == ["myIDis Ada "]
    second = house.join_by_lines()
    assert second.hear() == ["newPlayer Ada", "myIDis Alan "]
    assert first.hear() == ["newPlayer Alan"]


def test_a_starter_client_hears_the_others_and_never_itself(house: House) -> None:
    first, second, third = (house.join_by_lines(("Ada", "Alan", "Eve")) for _ in range(3))
    for program in (first, second, third):
        program.hear()
    first.say("move 5 0\n")
    second.say("move 0 5\njump\n")
    house.flush()
    assert first.hear() == ["move Alan 0 5", "jump Alan"]
    assert second.hear() == ["move Ada 5 0"]
    assert third.hear() == ["move Ada 5 0", "move Alan 0 5", "jump Alan"]


def test_a_starter_clients_lines_may_come_in_any_pieces(house: House) -> None:
    first, second = house.join_by_lines(), house.join_by_lines()
    second.hear()
    for byte in "move 5 0\nsay Zoë 🎲\n".encode():
        first.say(bytes([byte]))
    house.flush()
    assert second.hear() == ["move Ada 5 0", "say Ada Zoë 🎲"]


def test_both_protocols_meet_in_one_room(house: House, ada: Program) -> None:
    old = house.join_by_lines()
    assert old.hear() == ["newPlayer Zuse", "myIDis Ada "]
    ada.hear()
    old.say("move 5 0 \n")
    ada.do("move", 1, 2.5)
    ada.say(b'{"t":"do","n":2,"c":"paint","a":{"color":"red","deep":[1,2]}}')
    house.flush()
    assert ada.hear_commands()[0] == 'Ada: move ["5","0"]'
    assert old.hear() == ["move Zuse 1 2.5", "paint Zuse red [1,2]"]


def test_a_starter_client_sees_private_commands_only_if_they_are_for_it(house: House, ada: Program) -> None:
    first, second = house.join_by_lines(), house.join_by_lines()
    first.hear()
    second.hear()
    ada.do("whisper", "psst", to=("Ada",))
    house.flush()
    assert first.hear() == ["whisper Zuse psst"]
    assert second.hear() == []


def test_when_names_run_out_they_are_used_again_with_a_number(house: House) -> None:
    lines = [house.join_by_lines(("Ada", "Alan")).hear()[-1] for _ in range(6)]
    assert lines == [f"myIDis {name} " for name in ("Ada", "Alan", "Ada2", "Alan2", "Ada3", "Alan3")]


def test_a_name_is_free_again_when_its_player_is_gone(house: House) -> None:
    first = house.join_by_lines()
    house.join_by_lines()
    first.gone()
    assert house.join_by_lines().hear()[-1] == "myIDis Ada "


def test_a_name_that_a_json_player_has_is_not_given_out(house: House) -> None:
    house.join("Ada")
    assert house.join_by_lines().hear() == ["newPlayer Ada", "myIDis Alan "]


@pytest.mark.parametrize("clean", [True, False])
def test_a_starter_client_that_goes_has_left_at_once(house: House, ada: Program, clean: bool) -> None:
    old = house.join_by_lines()
    old.gone(clean=clean)
    house.flush()
    leave = ada.hear()[-1]
    assert isinstance(leave, Leave)
    assert (leave.by, leave.why) == ("Ada", "left" if clean else "lost")
    assert "Ada" not in house.room().sessions


def test_a_starter_clients_rate_is_a_wait_and_nothing_is_lost() -> None:
    house = House(rate=10, burst=5)
    zuse = house.join("Zuse")
    old = house.join_by_lines()
    wait = old.say("".join(f"move {n}\n" for n in range(30)))
    assert wait > 0
    while wait > 0:
        house.now += wait
        wait = old.peer.read_on(house.now)
    house.flush()
    assert zuse.hear_commands() == [f'Ada: move ["{n}"]' for n in range(30)]


@pytest.mark.parametrize("clean", [True, False])
def test_a_starter_client_that_goes_has_all_done_that_waited(clean: bool) -> None:
    house = House(rate=10, burst=5)
    zuse = house.join("Zuse")
    old = house.join_by_lines()
    old.say("".join(f"move {n}\n" for n in range(30)))
    old.gone(clean=clean)
    house.flush()
    assert zuse.hear_commands() == [f'Ada: move ["{n}"]' for n in range(30)]


WRONG = {
    "over the limit": (b"x" * 66_000, "too-big"),
    "too many words": (b"draw" + b" 1" * 10_001 + b"\n", "too-big"),
    "a page's request": (b"POST /game HTTP/1.1\r\n", "bad-message"),
    "a request for a WebSocket": (b"GET / HTTP/1.1\r\n", "bad-message"),
    "a request that is not UTF-8": (b"POST /\xff HTTP/1.1\r\n", "bad-message"),
    "a TLS connection": (b"\x16\x03\x01\x02\x00\x01\xfc\x03\x03\xff\n", "bad-message"),
}


@pytest.mark.parametrize("what", WRONG)
@pytest.mark.parametrize("singly", [False, True], ids=["whole", "byte by byte"])
def test_a_wrong_line_ends_a_starter_client_with_a_line_that_says_why(
    house: House, ada: Program, what: str, singly: bool
) -> None:
    old, other = house.join_by_lines(), house.join_by_lines()
    other.hear()
    wrong, code = WRONG[what]
    data = b"move 5 0\n" + wrong + (b"move 0 5\n" if wrong.endswith(b"\n") else b"")
    for piece in [data[at : at + 1] for at in range(len(data))] if singly else [data]:
        if not old.connection.ended:
            old.say(piece)
    house.flush()
    assert old.hear()[-1].startswith("error server ")
    assert old.connection.closed == (1008, code)
    assert other.hear() == ["move Ada 5 0"], "what came before is done, what came after is not"


NO_COMMAND = {
    "not UTF-8": (b"move \xff 0\n", "not UTF-8: invalid start byte at byte 5"),
    "a cut character": (b"say caf\xc3\n", "not UTF-8: unexpected end of data at byte 7"),
    "a tab in the name": (b"mo\tve 5\n", "a command's name holds the character U+0009 (Cc), which cannot be seen"),
    "65 letters": (b"x" * 65 + b" 5\n", "a command's name is too long: 65 where the limit is 64 characters"),
    "a name that cannot be seen": ("mo\u200bve 1\n".encode(), "holds the character U+200B (Cf)"),
}


@pytest.mark.parametrize("what", NO_COMMAND)
@pytest.mark.parametrize("singly", [False, True], ids=["whole", "byte by byte"])
def test_a_line_that_is_no_command_is_passed_over_and_logged(
    house: House, ada: Program, what: str, singly: bool
) -> None:
    old, other = house.join_by_lines(), house.join_by_lines()
    old.hear()
    other.hear()
    line, why = NO_COMMAND[what]
    data = b"move 5 0\n" + line + b"move 0 5\n"
    for piece in [data[at : at + 1] for at in range(len(data))] if singly else [data]:
        old.say(piece)
    house.flush()
    assert old.hear() == []
    assert not old.connection.ended
    assert other.hear() == ["move Ada 5 0", "move Ada 0 5"]
    (logged,) = house.logged
    assert logged.startswith("Starter client Ada in the room 'dots': a line was passed over: ")
    assert why in logged


def test_lines_passed_over_are_logged_once_a_connection_with_their_number_at_its_end(house: House) -> None:
    old = house.join_by_lines()
    old.say(b"\xff\n" * 3 + b"mo\tve\n")
    assert len(house.logged) == 1
    old.gone()
    assert house.logged[1:] == ["Starter client Ada in the room 'dots': 4 lines in all were passed over"]


def test_a_flood_of_connections_does_not_flood_the_log(house: House) -> None:
    for _ in range(10):
        old = house.join_by_lines()
        old.say(b"\xff\n" * 2)
        old.gone()
    assert len(house.logged) == 2, "the first one and its number"
    house.wait(1)
    house.join_by_lines().say(b"\xff\n")
    assert len(house.logged) == 3


@pytest.mark.parametrize("line", [b"\xff\n", b"mo\tve\n"])
def test_lines_passed_over_are_charged_as_commands_are(line: bytes) -> None:
    """To the player's rate, and to its address."""
    house = House(rate=10, burst=5)
    assert house.join_by_lines().say(line * 30) > 0

    def handled_at_once(said: bytes) -> int:
        house = House(rate=100_000, burst=100_000, address_burst=0.005)
        old = house.join_by_lines()
        assert old.say(said * 2000) > 0, "the address has spent too much"
        return 2000 - len(old.peer._held)

    assert handled_at_once(line) <= handled_at_once(b"move\n")


def test_empty_lines_say_nothing(house: House) -> None:
    old = house.join_by_lines()
    old.say("\n\n \n\r\n")
    house.flush()
    assert house.room().log.last == 1
    assert not old.connection.ended


def test_a_starter_client_may_be_silent_for_as_long_as_it_likes(house: House) -> None:
    old: LineProgram = house.join_by_lines()
    old.connection.answers_pings = False
    house.wait(1000)
    assert not old.connection.ended


def test_a_starter_client_that_fell_behind_is_told_of_new_players_and_reads_no_json() -> None:
    house = House(unread=100, kept_entries=10, rate=1000, burst=1000)
    zuse = house.join("Zuse")
    old = house.join_by_lines()
    old.hear()
    old.connection.stop_reading()
    for number in range(100):
        zuse.do("move", number)
        house.flush()
    house.join("Eve")
    for number in range(100):
        zuse.do("move", number)
        house.flush()
    old.connection.read_on()
    zuse.do("end")
    house.flush()
    lines = old.hear()
    assert "newPlayer Eve" in lines
    assert lines[-1] == "end Zuse"
    assert all(line.split()[0] in ("move", "newPlayer", "end") for line in lines)


def test_nobody_speaks_with_the_servers_voice(house: House, ada: Program) -> None:
    old, other = house.join_by_lines(), house.join_by_lines()
    other.hear()
    old.say("newPlayer Eve\n")
    ada.do("myIDis", "Eve")
    house.flush()
    assert other.hear() == []


def test_a_session_of_one_room_does_not_open_another() -> None:
    house = House()
    ada = house.join("Ada", room="dots")
    assert ada.welcome is not None
    ada.connection.aborted = True
    ada.peer.gone(house.now, clean=False)
    elsewhere = house.knock("10.0.0.9")
    elsewhere.hello("chat", "Ada", resume=Resume(ada.welcome.session, 0))
    elsewhere.hear()
    assert elsewhere.welcome is not None
    assert not elsewhere.welcome.resumed
    assert list(house.directory.rooms["chat"].state.players) == ["Ada"]


def test_a_connection_that_was_replaced_has_no_say_over_the_newer_one() -> None:
    house = House(unread=1000)
    ada, old = house.join("Ada"), house.join("Old")
    new = house.come_back(old)  # while the old connection is still there
    house.flush()
    old.peer.fell_behind()  # its transport notices late that nobody reads
    ada.do("move")
    house.flush()
    assert "Ada: move []" in new.hear_commands()


def test_who_reads_is_alive_though_its_answers_come_late() -> None:
    house = House(unread=100_000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.answers_pings = False  # they wait behind what it has not read
    slow.connection.stop_reading()
    for _ in range(100):
        ada.do("move", "x" * 500)
    house.flush()
    for _ in range(40):
        slow.connection.read_some(1000)
        house.wait(1, also=lambda: ada.do("move"))
    assert not slow.connection.ended
