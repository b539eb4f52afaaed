"""Chapter 6, the rules of a game: eight games in the terminal, each played by several programs."""

import hashlib
import re
from pathlib import Path

import pytest

import roomcast
from tests.learn.follow import chapter
from tests.learn.terminals import LEARN, Terminals
from tests.programs import Program
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(12)

GAMES = LEARN / "6-rules"


def all_print(line: str, *programs: Program) -> None:
    for program in programs:
        program.line(line)


def statements(text: str) -> int:
    """Lines without comments, empty lines and the docstring at the top."""
    code = re.sub(r'^""".*?"""', "", text, flags=re.DOTALL)
    return len([line for line in code.splitlines() if line.split("#")[0].strip()])


def test_each_game_has_fewer_than_40_lines() -> None:
    games = sorted(GAMES.glob("*.py"))
    assert len(games) == 9
    for game in games:
        assert statements(game.read_text(encoding="utf-8")) < 40, game.name


def test_talk_goes_on_while_somebody_is_asked(terminals: Terminals) -> None:
    ada = terminals.start(GAMES / "talk.py", "talk", "Ada")
    bob = terminals.start(GAMES / "talk.py", "talk", "Bob")
    all_print("* Bob is here", ada, bob)
    ada.type("a café?")
    all_print("Ada: a café?", ada, bob)
    bob.end_input()  # Ctrl-D
    assert bob.wait() == 0
    ada.line("* Bob has left")
    ada.type("well")
    ada.end_input()
    assert ada.wait() == 0
    assert not any("Traceback" in line for line in ada.lines + bob.lines)


def test_who_claims_first_has_the_seat_and_all_agree(terminals: Terminals) -> None:
    names = ["Ada", "Bob", "Cy"]
    programs = [terminals.start(GAMES / "claim.py", "boat", name) for name in names]
    for program in programs:  # at once, each of them all ten
        for seat in range(1, 11):
            program.type(str(seat))
    lines = [wait_for(lambda: full(program, 30), what="30 claims are decided") for program in programs]  # noqa: B023
    assert lines[0] == lines[1] == lines[2], "the same claims, in the same order"
    won = [line.split(" has seat ")[1] for line in lines[0] if " has seat " in line]
    assert sorted(won, key=int) == [str(seat) for seat in range(1, 11)], "each seat went to one of them"
    programs[0].type("seven")
    assert "'seat' is 'seven'" in programs[0].line('take("seven") does not fit')
    programs[0].type("11")
    all_print("Ada wants seat 11: there is none", *programs)


def full(program: Program, count: int) -> list[str]:
    found = [line for line in program.lines if " seat " in line]
    return found if len(found) == count else []


def test_who_comes_late_sees_who_sits_where(terminals: Terminals) -> None:
    ada = terminals.start(GAMES / "late.py", "boat", "Ada")
    ada.line("Taken: {}")
    ada.type("3")
    ada.line("Ada has seat 3")
    wait_for(lambda: taken(terminals) == {"3": "Ada"}, what="the room's state has it")
    bob = terminals.start(GAMES / "late.py", "boat", "Bob")
    bob.line("Taken: {3: 'Ada'}")
    bob.type("3")
    all_print("Bob wants seat 3: too late, Ada has it", ada, bob)


def taken(terminals: Terminals) -> dict[str, str]:
    with roomcast.join(terminals.address("boat"), name="looks") as room:
        return dict(room.state)


def test_only_the_hosts_number_counts_and_the_next_one_takes_over(terminals: Terminals) -> None:
    ada = terminals.start(GAMES / "guess.py", "guess", "Ada")
    bob = terminals.start(GAMES / "guess.py", "guess", "Bob")
    low, high = 1, 100
    while low <= high:  # Bob finds it within seven guesses
        middle = (low + high) // 2
        bob.type(str(middle))
        word = bob.line(f"{middle} is ")
        if word == "right!":
            break
        low, high = (middle + 1, high) if word == "too small" else (low, middle - 1)
    else:
        pytest.fail("the answers contradict each other")
    assert ada.line(f"{middle} is ") == "right!"
    ada.kill()  # the host's computer is switched off
    wait_for(lambda: terminals.players("guess") == ["Bob"], what="Ada's seat is free")
    bob.type("0")
    bob.line("0 is too small")


def test_an_answer_that_the_host_did_not_give_does_not_count(terminals: Terminals) -> None:
    ada = terminals.start(GAMES / "guess.py", "guess", "Ada")
    with roomcast.join(terminals.address("guess"), name="Eve") as eve:
        eve.send("answer", 1, "right!")
        eve.send("guess", 0)
        ada.line("0 is too small")
        assert not ada.all_lines("1 is ")


def test_all_see_the_same_dice(terminals: Terminals) -> None:
    programs = [terminals.start(GAMES / "dice.py", "dice", name) for name in ("Ada", "Bob")]
    for _ in range(80):
        for program in programs:
            program.type("")
    for program in programs:
        wait_for(lambda: len(rolled(program)) == 160, what="all rolls")  # noqa: B023
    rolls = [rolled(program) for program in programs]
    assert rolls[0] == rolls[1]
    assert {line.split()[2] for line in rolls[0]} > {"1", "6"}  # of so many rolls, one in 10^12 has no 1 or no 6
    with roomcast.join(terminals.address("dice"), name="Eve") as eve:
        eve.send("roll", 100)  # a number that she would like
        eve.send("roll")
        programs[0].line("Eve rolls ")
        assert not programs[0].all_lines("Eve rolls 100")


def rolled(program: Program) -> list[str]:
    return [line for line in program.lines if " rolls " in line]


def test_points_are_everyones_to_see_also_for_who_comes_late(terminals: Terminals) -> None:
    ada = terminals.start(GAMES / "race.py", "race", "Ada")
    for _ in range(5):
        ada.type("")
    ada.line("Ada 5")
    bob = terminals.start(GAMES / "race.py", "race", "Bob")
    bob.line("Ada 5 | Bob 0")
    for _ in range(6):
        bob.type("")
    all_print("Bob 6 | Ada 5", ada, bob)


class TestRockPaperScissors:
    @pytest.fixture
    def ada(self, terminals: Terminals) -> Program:
        return terminals.start(GAMES / "rps.py", "rps", "Ada")

    @pytest.fixture
    def bob(self, ada: Program, terminals: Terminals) -> Program:
        return terminals.start(GAMES / "rps.py", "rps", "Bob")

    def test_nobody_sees_a_choice_before_both_have_chosen(
        self, terminals: Terminals, ada: Program, bob: Program
    ) -> None:
        heard: list[str] = []
        with roomcast.join(terminals.address("rps"), name="listens") as ear:  # the third in the room, and no seat
            ear.command("commit")(lambda player, envelope: heard.append(envelope))
            ada.type("rock")
            bob.line("Ada has chosen")
            ada.type("scissors")  # the first envelope counts
            wait_for(lambda: (ear.pump(), len(heard))[1] == 2, what="both envelopes are heard")
            assert not set(heard) & {
                hashlib.sha256(f"Ada {word}".encode()).hexdigest() for word in ("rock", "scissors")
            }
            ear.send("commit", "an envelope of who only watches")
            wait_for(lambda: (ear.pump(), len(heard))[1] == 3, what="it came back")
        bob.type("paper")
        all_print("Bob has paper", ada, bob)
        all_print("Ada has rock", ada, bob)
        all_print("Bob wins", ada, bob)
        assert not ada.all_lines("listens has")
        ada.type("paper")
        bob.type("paper")
        all_print("A draw", ada, bob)

    def test_who_opens_another_envelope_than_it_sealed_is_caught(self, ada: Program, terminals: Terminals) -> None:
        with roomcast.join(terminals.address("rps"), name="Eve") as eve:
            envelope = hashlib.sha256(b"Eve rock salt").hexdigest()
            eve.send("commit", envelope)
            ada.type("paper")
            ada.line("Ada has paper")
            eve.send("reveal", "scissors", "salt")  # which would have won
            ada.line("Eve cheats")
            ada.line("Ada wins")

    def test_who_copies_the_others_envelope_is_caught(self, ada: Program, terminals: Terminals) -> None:
        with roomcast.join(terminals.address("rps"), name="Eve") as eve:
            eve.command("commit")(lambda player, envelope: player == eve.me or eve.send("commit", envelope))
            eve.command("reveal")(lambda player, *opened: player == eve.me or eve.send("reveal", *opened))
            ada.type("paper")
            wait_for(lambda: eve.pump(wait=0.1) and ada.all_lines("Eve cheats"), what="Eve is caught")
            ada.line("Ada wins")

    def test_who_leaves_in_the_middle_ends_the_round(self, ada: Program, bob: Program) -> None:
        ada.type("rock")
        bob.line("Ada has chosen")
        bob.end_input()
        assert bob.wait() == 0
        assert not ada.all_lines("Ada has rock")


class TestNoughtsAndCrosses:
    def test_the_first_two_play_and_who_comes_late_sees_the_board(self, terminals: Terminals) -> None:
        ada, bob = (terminals.start(GAMES / "tictactoe.py", "tictactoe", name) for name in ("Ada", "Bob"))
        bob.type("9")  # not its turn
        all_print("Bob cannot take 9", ada, bob)
        ada.type("1")
        all_print("    Ada       2       3", ada, bob)
        ada.type("2")  # not its turn either
        all_print("Ada cannot take 2", ada, bob)
        bob.type("1")  # not free
        bob.type("5")
        all_print("      4     Bob       6", ada, bob)
        cy = terminals.start(GAMES / "tictactoe.py", "tictactoe", "Cy")
        cy.line("      4     Bob       6")
        cy.type("9")  # only watches
        all_print("Cy cannot take 9", ada, bob, cy)
        for program, field in (ada, "2"), (bob, "9"), (ada, "3"):
            program.type(field)
            wait_for(lambda: all(field in fields(each) for each in (ada, bob, cy)), what=f"{field} is taken")  # noqa: B023
        all_print("Ada ends the game", ada, bob, cy)

    def test_when_one_who_plays_leaves_a_new_game_begins_for_all(self, terminals: Terminals) -> None:
        ada, bob = (terminals.start(GAMES / "tictactoe.py", "tictactoe", name) for name in ("Ada", "Bob"))
        ada.type("1")
        bob.line("    Ada       2       3")
        cy = terminals.start(GAMES / "tictactoe.py", "tictactoe", "Cy")
        cy.line("    Ada       2       3")
        ada.end_input()
        assert ada.wait() == 0
        wait_for(lambda: terminals.players("tictactoe") == ["Bob", "Cy"], what="Ada has left")
        dot = terminals.start(GAMES / "tictactoe.py", "tictactoe", "Dot")
        bob.type("2")  # the first in the room now, and so the first to move
        all_print("      1     Bob       3", bob, cy, dot)


def fields(program: Program) -> set[str]:
    """The fields that are taken on the board that a program printed last."""
    rows = [line for line in program.lines if len(line) == 23]
    return {str(number + 1) for number, word in enumerate(" ".join(rows[-3:]).split()) if not word.isdigit()}


@pytest.mark.usefixtures("own_networks")
def test_its_commands_do_what_it_shows(tmp_path: Path) -> None:
    with chapter("6-rules", tmp_path):
        pass
