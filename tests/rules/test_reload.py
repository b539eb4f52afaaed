"""Rules that are changed while people play: nobody is disturbed, and what does not load changes nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import VERSIONS, Hello
from roomcast.core.protocol.observer_messages import Watch
from roomcast.core.server.rules_change import change_rules
from roomcast.errors import CannotServe
from roomcast.rules.app_file import load_classes
from roomcast.rules.app_modules import AppModules
from roomcast.server import Owner, Player, Players, Reject, Room
from roomcast.testing.disk import MemoryStore
from tests.core.fakes import codes
from tests.rules.houses import RuledHouse, state_of


class Old(Room):
    kind = "game"

    def on_create(self) -> None:
        self.secret = "old"
        self.state["moves"] = 0
        self.after(10, self.boom)

    def on_join(self, player: Player) -> None:
        player["x"] = 1

    def on_move(self, player: Player, dx: int) -> None:
        player["x"] += dx
        self.state["moves"] += 1

    def boom(self) -> None:
        self.state["boom"] = "old"


class New(Room):
    kind = "game"
    tick_rate = 10

    def on_move(self, player: Player, dx: int, dy: int = 0) -> None:
        if dx > 5:
            raise Reject("too fast")
        player["x"] += 10 * dx
        self.state["secret"] = self.secret

    def on_tick(self, dt: float) -> None:
        self.state["ticks"] = self.state.get("ticks", 0) + 1

    def boom(self) -> None:
        self.state["boom"] = "new"


class Shows(Room):
    kind = "game"

    def view(self, state: dict[str, object], key: str | None) -> dict[str, object]:
        return {"key": key}


class ShowsMore(Room):
    kind = "game"

    def view(self, state: dict[str, object], key: str | None) -> dict[str, object]:
        return {"key": key, "more": True}


class OwnPlayer(Player):
    x: Owner[int]


class Owns(Room):
    kind = "game"
    players: Players[OwnPlayer]

    def on_move(self, player: OwnPlayer, dx: int) -> None:
        player.x = dx


def change(house: RuledHouse, rules: type[Room]) -> dict[str, str]:
    house.kinds.take({"game": rules})
    return change_rules(house.directory, house.now)


def test_a_room_goes_on_with_what_it_has_and_with_everyone_in_it() -> None:
    house = RuledHouse(Old)
    ada, alan = house.join("Ada", room="game"), house.join("Alan", room="game")
    ada.do("move", 2)
    assert change(house, New) == {"game": ""}
    ada.do("move", 3)
    alan.do("move", 9)
    house.wait(0.5)
    ada.hear()
    assert [error.message for error in alan.hear_errors()] == ["too fast"]
    assert state_of(ada, "Ada")["x"] == 33
    state = state_of(ada)
    assert state["secret"] == "old"
    assert state["moves"] == 1
    assert state["ticks"] > 0
    house.wait(11)
    ada.hear()
    assert state_of(ada)["boom"] == "new"
    assert not ada.connection.closed
    assert house.join("Grace", room="game").me == "Grace"


def test_what_a_view_shows_now_is_told_at_once() -> None:
    house = RuledHouse(Shows)
    ada = house.join("Ada", room="game")
    ada.hear()
    assert state_of(ada) == {"key": "Ada"}
    assert change(house, ShowsMore) == {"game": ""}
    house.flush()
    ada.hear()
    assert state_of(ada) == {"key": "Ada", "more": True}


@pytest.mark.parametrize("rules", [Shows, Owns])
def test_who_may_see_what_does_not_change_while_people_look(rules: type[Room]) -> None:
    house = RuledHouse(Old)
    ada = house.join("Ada", room="game")
    told = change(house, rules)
    assert "who sees what" in told["game"]
    ada.do("move", 2)
    house.flush()
    ada.hear()
    assert state_of(ada, "Ada")["x"] == 3  # the rules of before


def test_a_kind_that_is_gone_leaves_its_rooms_as_they_are() -> None:
    house = RuledHouse(Old)
    ada = house.join("Ada", room="game")
    house.kinds.take({})
    assert change_rules(house.directory, house.now) == {"game": "there is no class for it any more"}
    ada.do("move", 2)
    house.flush()
    ada.hear()
    assert state_of(ada, "Ada")["x"] == 3


class Shut(Old):
    kind = "game"
    spectators = False


def test_rules_that_let_nobody_look_on_end_what_was_looked_on() -> None:
    house = RuledHouse(Old, token="a token")
    ada, eve, watching, admin = house.join("Ada", room="game"), *(house.knock() for _ in range(3))
    looks_on = Hello("game", "", VERSIONS, meet=Meet(spectate=True))
    eve.say(looks_on)
    watching.say(Watch("game", v=VERSIONS))
    admin.say(Watch("game", "a token", VERSIONS))
    house.wait(2)
    for one in (ada, eve, watching, admin):
        one.hear()
    assert change(house, Shut) == {"game": ""}
    assert codes(eve) == codes(watching) == ["Bye not-allowed"]
    eve.gone()
    ada.do("move", 2)
    house.wait(2)
    assert codes(ada) == []
    assert admin.connection.closed is None
    late = house.knock()
    late.say(looks_on)
    assert codes(late) == ["Error not-allowed", "Bye not-allowed"]
    assert change(house, Old) == {"game": ""}
    again = house.knock()
    again.say(looks_on)
    house.flush()
    assert codes(again) == []


@pytest.mark.parametrize("kept", [False, True])
def test_a_room_in_which_nobody_has_been_begins_anew(kept: bool) -> None:
    house = RuledHouse(Old, store=MemoryStore() if kept else None)
    house.directory.seed = lambda: "a seed"
    eve = house.knock()
    eve.say(Hello("game", "", VERSIONS, meet=Meet(spectate=True)))
    house.flush()
    assert codes(eve) == ["Error no-room", "Bye no-room"]
    change(house, New)
    ada = house.join("Ada", room="game")
    house.flush()
    ada.hear()
    assert ada.welcome is not None
    assert ada.welcome.s == 1
    assert "moves" not in state_of(ada), "on_create of the class of before is of no room"
    assert ada.state.seed == "a seed"


class Wrong(Room):
    kind = "game"

    def on_move(self, player: Player, dx: int) -> None:
        self.emit("not a name")


def test_what_fails_again_after_a_change_is_told_again() -> None:
    house = RuledHouse(Wrong)
    ada = house.join("Ada", room="game")
    for _ in range(3):
        ada.do("move", 2)
    house.flush()
    assert len(house.failed) == 1
    change(house, Wrong)
    ada.do("move", 2)
    house.flush()
    assert len(house.failed) == 2


# ---------------------------------------------------------------------- files

GAME = """
from helper_of_the_game import STEP
from roomcast.server import Room
class Game(Room):
    step = STEP
    word = "{word}"
"""


_milliseconds = count(1)


def write(file: Path, text: str) -> None:
    """As an editor does, all within one second."""
    file.write_text(text, encoding="utf-8")
    when = 1_700_000_000_000_000_000 + next(_milliseconds) * 1_000_000
    os.utime(file, ns=(when, when))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    write(tmp_path / "helper_of_the_game.py", "STEP = 1\n")
    write(tmp_path / "game.py", GAME.format(word="one"))
    yield tmp_path
    del sys.modules["helper_of_the_game"]


def settled(modules: AppModules) -> bool:
    """Whether it sees a change: at the second look, for an editor may still write."""
    return modules.have_changed() or modules.have_changed()


def test_the_file_and_what_it_imports_are_loaded_anew_when_they_change(folder: Path) -> None:
    file = folder / "game.py"
    load_classes(file)
    modules = AppModules(file)
    assert not settled(modules)
    write(file, GAME.format(word="two"))
    assert settled(modules)
    assert vars(modules.load()["game"])["word"] == "two"
    assert not settled(modules)
    write(folder / "helper_of_the_game.py", "STEP = 2\n")
    assert settled(modules)
    assert vars(modules.load()["game"])["step"] == 2


@pytest.mark.parametrize("wrong", ["class Game(Room:\n", "import nothing_of_that_name\n", "x = 5\n", "1 / 0\n"])
def test_what_does_not_load_changes_nothing(folder: Path, wrong: str) -> None:
    file = folder / "game.py"
    load_classes(file)
    modules = AppModules(file)
    write(folder / "helper_of_the_game.py", "STEP = 3\n")
    write(file, wrong)
    assert settled(modules)
    with pytest.raises(CannotServe, match=r"game\.py"):
        modules.load()
    assert not settled(modules)  # it is said once
    import helper_of_the_game  # type: ignore[import-not-found]

    assert helper_of_the_game.STEP == 1
    write(file, GAME.format(word="new"))
    assert settled(modules)
    assert vars(modules.load()["game"])["step"] == 3


@pytest.mark.parametrize("where", ["cards_of_the_game.py", "cards_of_the_game/__init__.py"])
@pytest.mark.parametrize("wrong", ["ACE = (\n", "ACE = X\n", "1 / 0\n", None])
def test_what_is_mended_beside_the_file_is_taken_though_the_file_stays(
    folder: Path, where: str, wrong: str | None
) -> None:
    """`wrong`: what is in it first; None: it is not there yet."""
    file, beside = folder / "game.py", folder / where
    load_classes(file)
    modules = AppModules(file)
    if wrong is not None:
        beside.parent.mkdir(exist_ok=True)  # one that is empty can be imported
        write(beside, wrong)
    write(file, "import cards_of_the_game\n" + GAME.format(word="two"))
    for _ in range(2):
        assert settled(modules)
        with pytest.raises(CannotServe, match="does not load"):
            modules.load()
        assert not settled(modules)
        if wrong is not None:
            write(beside, wrong)  # another time, as wrong as before
        else:
            write(folder / "of_no_use.py", "\n")
    beside.parent.mkdir(exist_ok=True)
    write(beside, "ACE = 1\n")
    assert settled(modules)
    assert vars(modules.load()["game"])["word"] == "two"
    assert not settled(modules)
    write(folder / "never_imported.py", "x = 5\n")
    assert not settled(modules)
    write(beside, "ACE = 2\n")
    assert settled(modules)
    modules.load()
    assert sys.modules.pop("cards_of_the_game").ACE == 2
