"""One connection's conversation with the server: from hello to bye, and whether it is alive."""

import pytest

from roomcast.core import codec
from roomcast.core.messages import Away, Bye, Do, Done, Error, Hello, Leave, Ping, Pong, Put, Resume, Welcome
from tests.core.fakes import House, LineProgram, Program, act


@pytest.fixture
def house() -> House:
    return House()


def codes(program: Program) -> list[str]:
    """The codes of all errors and byes, in order."""
    return [f"{type(m).__name__} {m.code}" for m in program.hear() if isinstance(m, Error | Bye)]


# ---------------------------------------------------------------------- hello


@pytest.mark.parametrize("first", [act(1, "move"), Put(1, "me", {}), Done(1, 1.0)])
def test_hello_comes_first(house: House, first: object) -> None:
    program = house.knock()
    program.say(first)
    assert codes(program) == ["Error hello-first", "Bye hello-first"]
    assert program.connection.closed == (1008, "hello-first")


def test_hello_comes_once(house: House) -> None:
    ada = house.join("Ada")
    ada.hello("dots", "Ada")
    assert codes(ada) == ["Error bad-message", "Bye bad-message"]


def test_hello_and_what_follows_may_come_in_one_frame(house: House) -> None:
    program = house.knock()
    program.say(Hello("dots", "Ada"), act(1, "move"))
    house.flush()
    heard = program.hear()
    assert [type(message) for message in heard] == [Welcome, Do]


@pytest.mark.parametrize("versions", [(), (0,), (2,), (2, 3)])
def test_who_speaks_no_common_version_is_told_which_there_is(house: House, versions: tuple[int, ...]) -> None:
    program = house.knock()
    program.say(Hello("dots", "Ada", v=versions))
    bye = program.hear_bye()
    assert (bye.code, bye.again) == ("version", None)
    assert "version 1" in bye.message


def test_who_speaks_several_versions_needs_one_in_common(house: House) -> None:
    program = house.knock()
    program.say(Hello("dots", "Ada", v=(3, 1, 2)))
    (welcome,) = program.hear()
    assert isinstance(welcome, Welcome)


@pytest.mark.parametrize(
    ("room", "name"), [("", "Ada"), ("a/b", "Ada"), ("dots", "a\nb"), ("dots", "   "), ("x" * 65, "")]
)
def test_a_bad_name_ends_the_connection_with_its_reason(house: House, room: str, name: str) -> None:
    program = house.knock()
    program.hello(room, name)
    bye = program.hear_bye()
    assert (bye.code, bye.again) == ("bad-name", None)
    assert not house.hub._sessions


def test_who_says_no_hello_is_sent_away_in_time(house: House) -> None:
    program = house.knock()
    house.wait(10)
    assert program.hear() == []
    house.wait(1)
    bye = program.hear_bye()
    assert (bye.code, bye.again) == ("hello-late", 0.5)
    assert "10 seconds (setting: hello-within)" in bye.message
    assert program.connection.closed == (1001, "hello-late")
    program.hello("dots", "Ada")  # too late
    assert program.hear() == []
    assert house.hub.rooms == {}


def test_the_welcome_promises_the_limits_that_a_client_can_keep() -> None:
    house = House(message_size=5000, rate=7, burst=9, silent_for=33)
    ada = house.join("Ada")
    assert ada.welcome is not None
    promised = ada.welcome.limits
    assert (promised.message_size, promised.rate, promised.burst, promised.silent_for) == (5000, 7, 9, 33)


# ---------------------------------------------------------------------- what is no message


def test_bytes_that_are_no_message_end_the_connection_and_nobody_elses(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.say(b"{nonsense")
    assert codes(alan) == ["Error bad-message", "Bye bad-message"]
    assert alan.connection.closed == (1008, "bad-message")
    alan.gone()
    house.flush()
    (away,) = ada.hear()
    assert isinstance(away, Away), "it may come back"


def test_what_came_before_the_nonsense_is_done_and_what_comes_after_is_not(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.say(act(1, "before"), b"{nonsense", act(2, "after"))
    alan.say(act(2, "later"))
    house.flush()
    assert ada.hear_commands() == ["Alan: before []"]


def test_a_type_of_a_later_version_is_an_error_and_the_connection_lives_on(house: House) -> None:
    ada = house.join("Ada")
    ada.say(b'{"t":"ask","n":1,"c":"time"}', act(1, "move"))
    (error,) = ada.hear_errors()
    assert error.code == "unknown-type"
    assert "'ask'" in error.message
    house.flush()
    assert ada.hear_commands() == ["Ada: move []"]


def test_before_hello_even_a_type_of_a_later_version_ends_it(house: House) -> None:
    program = house.knock()
    program.say(b'{"t":"ask"}')
    assert codes(program) == ["Error unknown-type", "Bye unknown-type"]


def test_a_frame_may_be_so_big_and_no_bigger() -> None:
    house = House(message_size=500)
    ada = house.join("Ada")
    text = codec.encode(act(1, "say", "x"))
    ada.say(codec.encode(act(1, "say", "x" * (501 - len(text)))))
    house.flush()
    assert len(ada.hear_commands()) == 1
    ada.say(codec.encode(act(2, "say", "x" * (502 - len(text)))))
    bye = ada.hear_bye()
    assert (bye.code, bye.again) == ("too-big", None)
    assert "501 where the limit is 500 bytes (setting: message-size)" in bye.message


def test_a_frame_of_blank_lines_says_nothing(house: House) -> None:
    ada = house.join("Ada")
    ada.say(b"\n \n\n")
    assert ada.hear() == []
    assert not ada.connection.ended


def test_numbers_of_any_size_harm_nobody(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    old = house.join_by_lines()
    big = b"9" * 4000
    alan.say(b'{"t":"do","n":1,"c":"x","a":[' + big + b"]}")
    alan.say(b'{"t":"do","n":2,"c":"x","a":[1e999,' + b"9" * 5000 + b"]}")
    alan.say(b'{"t":"set","n":3,"of":"me","p":{"x":' + big + b"}}")
    house.flush()
    assert len([m for m in ada.hear() if isinstance(m, Do)]) == 2
    ada.do("move")
    house.flush()
    assert ada.hear_commands() == ["Ada: move []"]
    assert old.hear()[-1] == "move Ada"


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
    assert alan.hear_errors() == []


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
    house.hub.stood_still(500)
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


def test_who_says_wrong_things_and_does_not_read_the_errors_is_cut_off() -> None:
    house = House(unread=1000)
    eve = house.join("Eve")
    eve.connection.stop_reading()
    for _ in range(100):
        eve.say(b'{"t":"ask"}')
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
    ada.do("move")
    house.flush()
    assert alan.hear() == []
    alan.peer.sent_away("closing", "again")
    assert alan.hear() == []


def test_who_is_gone_is_gone_only_once(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.gone()
    alan.gone(clean=True)
    house.flush()
    assert len(ada.hear()) == 1


# ---------------------------------------------------------------------- starter clients


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
    "not UTF-8": (b"move \xff 0\n", "bad-message"),
    "over the limit": (b"x" * 66_000, "too-big"),
    "no name": (b"mo\tve 5\n", "bad-name"),
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
    assert list(house.hub.rooms["chat"].state.players) == ["Ada"]


def test_a_connection_that_was_replaced_has_no_say_over_the_newer_one() -> None:
    house = House(unread=1000)
    ada, old = house.join("Ada"), house.join("Old")
    new = house.come_back(old)  # while the old connection is still there
    house.flush()
    old.peer.paused()  # its transport notices late that nobody reads
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


# ---------------------------------------------------------------------- coming back without a memory


def fresh(program: Program) -> Resume:
    return Resume(program.back.session, 0, program.back.epoch, fresh=True)


def test_who_has_forgotten_the_room_comes_back_as_itself_from_a_snapshot(house: House) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.set("me", {"x": 3})
    ada.do("move")
    house.flush()
    ada.gone()
    again = house.knock()
    again.hello("dots", "Ada", fresh(ada))
    alan.do("wave")
    house.flush()
    assert again.hear_commands() == ["Alan: wave []"], "what came before is in the snapshot"
    assert again.welcome is not None
    assert (again.me, again.welcome.resumed, again.welcome.n) == ("Ada", True, 2)
    assert again.state == house.room().state
    assert again.state.players["Ada"].state == {"x": 3}
    again.n = again.welcome.n
    again.do("move")
    house.flush()
    assert again.hear_commands() == ["Ada: move []"]


def test_a_page_that_is_loaded_again_at_once_takes_the_place_of_its_old_connection(house: House) -> None:
    ada = house.join("Ada")
    again = house.knock()
    again.hello("dots", "Ada", fresh(ada))
    assert ada.hear_bye().code == "replaced"
    assert list(house.room().state.players) == ["Ada"]
    assert again.hear()


def test_who_has_forgotten_the_room_and_is_forgotten_there_is_new(house: House) -> None:
    program = house.knock()
    program.hello("dots", "Ada", Resume("nobody's", 0, fresh=True))
    program.hear()
    assert program.welcome is not None
    assert (program.welcome.resumed, program.welcome.s) == (False, 1)


# ---------------------------------------------------------------------- ping, for those who have no WebSocket pings


def test_a_ping_is_answered(house: House) -> None:
    ada = house.join("Ada")
    ada.say(Ping())
    assert ada.hear() == [Pong()]


def test_pings_count_as_commands_for_the_rate() -> None:
    house = House(rate=1, burst=3)
    ada = house.join("Ada")
    for _ in range(10):
        ada.say(Ping())
    assert ada.hear() == [Pong()] * 3


def test_who_does_not_read_gets_no_answers() -> None:
    house = House(unread=1000)
    ada, slow = house.join("Ada"), house.join("Slow")
    slow.connection.stop_reading()
    for _ in range(20):
        ada.do("move", "x" * 100)
    house.flush()
    unread = slow.connection.unread()
    slow.say(Ping())
    assert slow.connection.unread() == unread
