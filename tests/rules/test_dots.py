"""A room with rules, from hello to leave: what its class does is what everyone sees, and nothing else."""

from __future__ import annotations

import pytest

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Hello, Join, Leave, Resume, Turn
from roomcast.server import Player, Reject, Room
from tests.core.fakes import codes, folded
from tests.rules.houses import RuledHouse, state_of, turns


class Dots(Room):
    max_players = 3

    def on_create(self) -> None:
        self.moves = 0
        self.state["level"] = 1

    def on_join(self, player: Player) -> None:
        if player.name == "Eve":
            raise Reject("Eve may not come")
        player["x"] = player["y"] = 100

    def on_leave(self, player: Player) -> None:
        self.state["gone"] = player.id

    def on_move(self, player: Player, dx: int, dy: int) -> None:
        player["x"] += dx
        player["y"] += dy
        self.moves += 1
        self.state["moves"] = self.moves
        if abs(dx) > 5 or abs(dy) > 5:
            raise Reject("too fast")

    def on_crash(self, player: Player) -> None:
        player["x"] = 0
        self.moves = 99
        self.emit("boom")
        del self.state["level"]
        raise ZeroDivisionError

    def on_greet(self, player: Player, whom: str) -> None:
        self.emit("greeted", f"by {player.id}", to=whom)
        self.emit("noise", by=player)

    def on_out(self, player: Player, whom: str) -> None:
        self.kick(whom, "you cheated")

    def on_all_out(self, player: Player) -> None:
        for one in self.players:
            if one != player:
                self.kick(one, "all out")

    def on_nothing(self, player: Player) -> None:
        pass


@pytest.fixture
def house() -> RuledHouse:
    return RuledHouse(Dots)


def test_what_on_create_and_on_join_do_is_in_the_entry_of_the_join(house: RuledHouse) -> None:
    ada = house.join("Ada")
    assert house.ruled().log.last == 1
    (join,) = house.ruled().log.entries(0, 1)
    assert isinstance(join, Join)
    assert join.x is not None
    assert state_of(ada) == {"level": 1}
    assert state_of(ada, "Ada") == {"x": 100, "y": 100}


def test_a_move_is_one_turn_and_everyone_folds_it(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    ada.do("move", 5, -2)
    house.flush()
    (turn,) = turns(alan)
    assert codec.encode(turn.x) == b'{"p":{"moves":1},"m":{"Ada":{"x":105,"y":98}}}'
    assert (turn.by, turn.ok) == ("", ())
    (own,) = turns(ada)
    assert own.ok == (1,)
    for program in (ada, alan):
        assert state_of(program, "Ada") == {"x": 105, "y": 98}
        assert program.state == house.room().state == folded(house.room())


def test_who_cheats_is_told_and_nothing_has_happened(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    before = house.room().log.last
    ada.hear()
    ada.do("move", 50, 0)
    house.flush()
    (error,) = ada.hear_errors()
    assert (error.code, error.message, error.n) == ("rejected", "too fast", 1)
    assert alan.hear() == []
    assert house.room().log.last == before
    ada.do("move", 1, 0)
    house.flush()
    ada.hear()
    assert state_of(ada) == {"level": 1, "moves": 1}
    assert state_of(ada, "Ada") == {"x": 101, "y": 100}


def test_an_exception_undoes_all_tells_the_sender_nothing_of_it_and_the_maker_all(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    for _ in range(3):
        ada.do("crash")
    ada.do("move", 1, 1)
    house.flush()
    assert [error.code for error in ada.hear_errors()] == ["rules-failed"] * 3
    assert codec.encode(turns(alan)[0].x) == b'{"p":{"moves":1},"m":{"Ada":{"x":101,"y":101}}}'
    ((sentence, error),) = house.failed
    assert sentence.startswith("Dots.on_crash failed in the room 'dots', where Ada sent crash []")
    assert isinstance(error, ZeroDivisionError)


def test_arguments_names_and_state_that_rules_do_not_take_are_refused_with_a_reason(house: RuledHouse) -> None:
    ada = house.join("Ada")
    ada.do("move", "5", 0)
    ada.do("move", 5)
    ada.do("mvoe", 5, 0)
    ada.do("join")
    ada.set("room", {"level": 9})
    ada.set("me", {"x": 9})
    errors = [(error.code, error.message) for error in ada.hear_errors()]
    assert errors[:3] == [
        ("bad-argument", "move(dx, dy): dx is '5': it is text, where a whole number is wanted"),
        ("bad-argument", "move(dx, dy): dy is missing"),
        ("no-command", "this room has no command 'mvoe': was 'move' meant?"),
    ]
    assert [code for code, _ in errors[3:]] == ["no-command", "rejected", "rejected"]
    assert house.room().log.last == 1


def test_a_command_that_does_nothing_is_acknowledged_and_tells_others_nothing(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    ada.do("nothing")
    house.flush()
    assert [turn.ok for turn in turns(ada)] == [(1,)]
    (turn,) = turns(alan)
    assert turn == Turn(3, "", turn.at)


def test_events_reach_those_whom_the_rules_name(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    joe = house.join("Joe")
    for program in (ada, alan, joe):
        program.hear()
    ada.do("greet", "Alan")
    house.flush()
    seen = {
        program.me: [(e.c, bytes(e.a), e.by) for turn in turns(program) for e in turn.x.e]
        for program in (ada, alan, joe)
    }
    noise = ("noise", b"[]", "Ada")
    assert seen == {"Ada": [noise], "Alan": [("greeted", b'["by Ada"]', ""), noise], "Joe": [noise]}


def test_who_is_refused_by_on_join_never_was_there(house: RuledHouse) -> None:
    house.join("Ada")
    eve = house.knock()
    eve.hello("dots", "Eve")
    bye = eve.hear_bye()
    assert (bye.code, bye.message) == ("rejected", "Eve may not come")
    assert list(house.room().state.players) == ["Ada"]
    assert list(house.room().sessions) == ["Ada"]
    assert house.room().log.last == 1
    assert [player.id for player in house.behaviour().players] == ["Ada"]


def test_who_is_sent_out_hears_why_and_on_leave_is_in_the_same_turn(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    ada.do("out", "Alan")
    house.flush()
    (turn,) = turns(ada)
    assert codec.encode(turn.x) == b'{"k":[["Alan","kicked"]],"p":{"gone":"Alan"}}'
    assert list(ada.state.players) == ["Ada"]
    bye = alan.hear_bye()
    assert (bye.code, bye.message, bye.again) == ("kicked", "you cheated", None)
    assert [player.id for player in house.behaviour().players] == ["Ada"]
    assert house.join("Alan").me == "Alan"


def test_a_player_may_send_itself_out(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    ada.do("out", "Ada")
    ada.do("move", 1, 1)
    house.flush()
    heard = ada.hear()
    assert [type(message).__name__ for message in heard] == ["Turn", "Bye"]
    assert isinstance(heard[0], Turn)
    assert heard[0].ok == (1,)
    alan.hear()
    assert list(alan.state.players) == list(house.room().sessions) == ["Alan"]


def test_two_players_who_are_sent_out_at_once(house: RuledHouse) -> None:
    ada, alan, joe = house.join("Ada"), house.join("Alan"), house.join_by_lines(("Joe",))
    ada.hear()
    ada.do("all_out")
    house.flush()
    (turn,) = turns(ada)
    assert [one.id for one in turn.x.k] == ["Alan", "Joe"]
    assert alan.hear_bye().message == "all out"
    assert joe.hear()[-1] == "error server all out"
    assert list(house.room().sessions) == ["Ada"]


def test_on_leave_is_in_the_entry_of_the_leave(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    alan.gone(clean=True)
    house.flush()
    leave = ada.hear()[-1]
    assert isinstance(leave, Leave)
    assert state_of(ada)["gone"] == "Alan"


def test_the_class_says_how_many_may_be_there(house: RuledHouse) -> None:
    for name in ("Ada", "Alan", "Joe"):
        house.join(name, address=f"10.0.0.{name}")
    late = house.knock("10.0.0.99")
    late.hello("dots", "Late")
    assert codes(late) == ["Error room-full", "Bye room-full"]


def test_a_newcomer_gets_the_state_and_no_more(house: RuledHouse) -> None:
    ada = house.join("Ada")
    ada.do("move", 3, 3)
    ada.do("greet", "Ada")
    house.flush()
    alan = house.join("Alan")
    assert state_of(alan, "Ada") == {"x": 103, "y": 103}
    assert alan.state == house.room().state
    assert not [data for data in alan.connection.writes if b"greeted" in data or b'"ok"' in data]


def test_a_resumed_player_reads_what_it_was_sent_then(house: RuledHouse) -> None:
    ada, alan = house.join("Ada"), house.join("Alan")
    ada.hear()
    alan.do("greet", "Ada")
    ada.say(codec.encode({"t": "do", "n": 1, "c": "move", "a": [1, 1]}))
    house.flush()
    ada.gone()
    again = house.come_back(ada)
    house.flush()
    read = turns(again)
    assert [turn.ok for turn in read] == [(), (1,)]
    assert [e.c for e in read[0].x.e] == ["greeted", "noise"]
    again.say(codec.encode({"t": "do", "n": 1, "c": "move", "a": [1, 1]}))  # as one whose answer was lost
    house.flush()
    assert state_of(again, "Ada") == {"x": 101, "y": 101}
    assert again.state == house.room().state


def test_other_rooms_are_relays_and_rooms_of_the_kind_are_apart(house: RuledHouse) -> None:
    ada, alan = house.join("Ada", "dots-2"), house.join("Alan", "dotstoo")
    ada.do("move", 1, 0)
    alan.do("move", 99, 0)
    house.flush()
    assert state_of(ada, "Ada") == {"x": 100, "y": 100}  # not heard yet
    ada.hear()
    assert state_of(ada, "Ada") == {"x": 101, "y": 100}
    assert alan.hear_commands() == ["Alan: move [99,0]"]


def test_who_speaks_the_first_version_alone_is_refused_where_there_are_rules(house: RuledHouse) -> None:
    old = house.knock()
    old.say(Hello("dots", "Old"))
    bye = old.hear_bye()
    assert bye.code == "version"
    assert "has rules" in bye.message
    relay = house.knock()
    relay.say(Hello("meadow", "Old"))
    house.flush()
    relay.hear()
    assert relay.welcome is not None


def test_the_beginning_and_the_world_are_not_looked_at(house: RuledHouse) -> None:
    ada = house.join("Ada")
    ada.do("greet", "Ada")
    house.flush()
    late = house.knock()
    late.say(Hello("dots", "Late", (2,), start="beginning"))
    house.flush()
    late.hear()
    assert late.welcome is not None
    assert late.welcome.s == 3
    late.say(b'{"t":"begin"}')
    assert [error.code for error in late.hear_errors()] == ["no-world"]


def test_who_lost_its_seat_and_comes_back_begins_as_the_rules_say(house: RuledHouse) -> None:
    ada = house.join("Ada")
    house.join("Alan")
    ada.do("move", 5, 5)
    house.flush()
    ada.hear()
    ada.gone()
    house.wait(house.directory.limits.seat_kept + 2)
    assert list(house.room().state.players) == ["Alan"]
    again = house.knock()
    assert ada.welcome is not None
    again.hello("dots", "", Resume(ada.welcome.session, ada.seq, ada.welcome.epoch, fresh=True))
    house.flush()
    again.hear()
    assert state_of(again, "Ada") == {"x": 100, "y": 100}
    assert again.state == house.room().state
