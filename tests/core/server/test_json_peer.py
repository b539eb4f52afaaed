"""The peer that speaks `roomcast.1`: hello, and what comes after."""

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Away, Do, Done, Error, Hello, Ping, Pong, Resume, SetRequest, Welcome
from tests.core.entries import raw
from tests.core.fakes import House, Program, act, codes

# ---------------------------------------------------------------------- hello


@pytest.mark.parametrize("first", [act(1, "move"), SetRequest(1, "me", raw({})), Done(1, 1.0)])
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


@pytest.mark.parametrize("versions", [(), (0,), (3,), (3, 4)])
def test_who_speaks_no_common_version_is_told_which_there_is(house: House, versions: tuple[int, ...]) -> None:
    program = house.knock()
    program.say(Hello("dots", "Ada", v=versions))
    bye = program.hear_bye()
    assert (bye.code, bye.again) == ("version", None)
    assert "version 1" in bye.message


def test_who_speaks_several_versions_needs_one_in_common(house: House) -> None:
    program = house.knock()
    program.say(Hello("dots", "Ada", v=(4, 1, 3)))
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
    assert house.directory.rooms == {}


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
    assert house.directory.rooms == {}


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
    ada.say(b'{"t":"later","n":1,"c":"time"}', act(1, "move"))
    (error,) = ada.hear_errors()
    assert error.code == "unknown-type"
    assert "'later'" in error.message
    house.flush()
    assert ada.hear_commands() == ["Ada: move []"]


def test_before_hello_even_a_type_of_a_later_version_ends_it(house: House) -> None:
    program = house.knock()
    program.say(b'{"t":"later"}')
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
    big = b"9" * 308
    alan.say(b'{"t":"do","n":1,"c":"x","a":[' + big + b"]}")
    alan.say(b'{"t":"do","n":2,"c":"x","a":[1e999,-' + big + b"." + big + b"]}")
    alan.say(b'{"t":"set","n":3,"of":"me","p":{"x":' + big + b"}}")
    for n, digits in enumerate((309, 4301, 60_000), 4):
        alan.say(b'{"t":"do","n":%d,"c":"x","a":[%s]}' % (n, b"9" * digits))
        alan.say(b'{"t":"set","n":%d,"of":"me","p":{"x":%s}}' % (n, b"9" * digits))  # the same number: refused as well
    house.flush()
    refused = [m for m in alan.hear() if isinstance(m, Error)]
    assert [(m.code, m.n) for m in refused] == [("bad-argument", n) for n in (4, 4, 5, 5, 6, 6)]
    assert len([m for m in ada.hear() if isinstance(m, Do)]) == 2
    ada.do("move")
    house.flush()
    assert ada.hear_commands() == ["Ada: move []"]
    assert old.hear()[-1] == "move Ada"


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
    assert ada.hear() == [Pong(house.room().log.time(house.now))]


def test_pings_count_as_commands_for_the_rate() -> None:
    house = House(rate=1, burst=3)
    ada = house.join("Ada")
    for _ in range(10):
        ada.say(Ping())
    assert ada.hear()[:3] == [Pong(house.room().log.time(house.now))] * 3
    assert ada.hear() == []


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
