"""What a maker's class may say, and the sentence for each thing that it may not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import roomcast.server
from roomcast.core.protocol.names import EVENTS
from roomcast.errors import CannotServe
from roomcast.rules.app_file import MAKERS_NAMES, load_classes
from roomcast.rules.class_checks import HOOKS
from roomcast.rules.maker_reports import MakerReports
from roomcast.server import Player, Reject, Room
from roomcast.testing import RulesFailed, playtest
from tests.rules.kinds import ruled_kinds


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("def __init__(self): pass", "rooms are made by the server: write def on_create\\(self\\)"),
        (
            "def on_move(self): pass",
            r"its first parameters are the room and who called: def on_move\(self, player, …\)",
        ),
        ("def on_jion(self, player): pass", "was 'on_join' meant"),
        ("def on_leve(self, player): pass", "was 'on_leave' meant"),
        ("def on_tikc(self, dt): pass", "was 'on_tick' meant.* Else call the command something else"),
        ("def on_craete(self): pass", "was 'on_create' meant"),
        (
            "def on_back(self, player): pass",
            "write on_reconnect for when a lost connection is there again",
        ),
        (
            "def on_set(self, player, key): pass",
            "'set' is the name of an event, .*. Call a command something else",
        ),
        ("def on_drop(self, player, column): pass", r"write def on_drop\(self, player\)\. It runs when .* lost"),
        ("tickrate = 20", "would change nothing: was 'tick_rate' meant"),
        ("max_player = 2", "would change nothing: was 'max_players' meant"),
        ("maxPlayers = 2", "would change nothing: was 'max_players' meant"),
        ("spectator = False", "would change nothing: was 'spectators' meant"),
        ("def on_join(self): pass", r"write def on_join\(self, player\)"),
        ("def on_create(self, mode, rounds): pass", r"write def on_create\(self, options\)"),
        ("tick_rate = 1\n    async def on_tick(self, dt): pass", "on_tick may not be async: all in the room"),
        ("async def on_close(self): pass", "a room that is closed waits for nothing"),
        ("def on_auth(self, name, credential, options): pass", "sees no room: write @staticmethod above it, and def"),
        ("on_auth = classmethod(lambda cls, name, credential, options: True)", "write @staticmethod above it"),
        ("on_auth = print", "write @staticmethod above it"),
        (
            "@staticmethod\n    def on_auth(self, name, credential, options): pass",
            "options\\), without self",
        ),
        ("@staticmethod\n    def on_auth(name, credential): pass", r"write def on_auth\(name, credential, options\)"),
        ("@staticmethod\n    def on_auth(name, credential, options): yield", "take yield out"),
        ("def on_join(self, player, auth): pass", r"write def on_join\(self, player\)"),
        ("def on_tick(self, dt): pass", "would never run: write tick_rate = 20"),
        ("tick_rate = 20\n    def on_tick(self): pass", r"write def on_tick\(self, dt\)"),
        ("tick_rate = 61", "ticks a second, at most 60"),
        ("tick_rate = True", "ticks a second, at most 60"),
        ("tick_rate = float('nan')", "ticks a second, at most 60"),
        ("def after(self): pass", "every room has that already"),
        ("def on_move(self, player, at: complex): pass", "cannot come over the network"),
        ("def on_give(self, player, to: list[Player]): pass", "to: what belongs to the room cannot be sent"),
        ("players = 5", "every room has that already"),
        ("def emit(self): pass", "every room has that already"),
        ("def on_move(self, player): yield", "take yield out"),
        ("on_move = staticmethod(lambda player: None)", "would never run"),
        ("on_move = print", "would never run"),
        ('relays = "chat"', "write the names of commands"),
        ("relays = (5,)", "write the names of commands"),
        ('max_players = "2"', "a whole number"),
        ("max_players = -1", "a whole number"),
        ("kind = 5", "a text"),
    ],
)
def test_a_class_that_cannot_work_is_refused_when_it_is_made(tmp_path: Path, body: str, why: str) -> None:
    (tmp_path / "game.py").write_text(f"from roomcast.server import Player, Room\n\nclass Game(Room):\n    {body}\n")
    with pytest.raises(CannotServe, match=f"does not load: line 3: TypeError: Game.*{why}"):
        load_classes(tmp_path / "game.py")


@pytest.mark.parametrize("command", ["pick", "kick", "trick", "coin", "rate", "leap", "prop", "crate", "ticks"])
def test_a_command_may_be_called_nearly_as_what_happens_in_a_room(tmp_path: Path, command: str) -> None:
    body = f"def on_{command}(self, player, what): pass"
    (tmp_path / "game.py").write_text(f"from roomcast.server import Room\n\nclass Game(Room):\n    {body}\n")
    (game,) = load_classes(tmp_path / "game.py").values()
    assert playtest(game, "Ada").Ada.ask(command, "a card") is None


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_no_command_is_called_as_an_event(tmp_path: Path, event: str) -> None:
    """No program can send it: its handler would never run, and nobody would ever hear of what is to be passed on."""
    bodies = [f"relays = ('chat', '{event}')"]
    if f"on_{event}" not in HOOKS:
        bodies.append(f"def on_{event}(self, player, x): pass")
    for body in bodies:
        (tmp_path / "game.py").write_text(f"from roomcast.server import Room\n\nclass Game(Room):\n    {body}\n")
        why = f"would never run: '{event}' is the name of an event, and no program sends a command of it"
        with pytest.raises(CannotServe, match=f"does not load: line 3: TypeError: Game.*{why}"):
            load_classes(tmp_path / "game.py")


@pytest.mark.parametrize("name", ["move left", "x" * 65, "", "a\u200bb"])
def test_what_is_no_name_of_a_command_is_not_passed_on(tmp_path: Path, name: str) -> None:
    body = f"relays = ({name!r},)"
    (tmp_path / "game.py").write_text(f"from roomcast.server import Room\n\nclass Game(Room):\n    {body}\n")
    with pytest.raises(CannotServe, match=r"TypeError: Game\.relays: .* would never run: "):
        load_classes(tmp_path / "game.py")


@pytest.mark.parametrize("event", sorted(EVENTS))
def test_no_event_of_rules_is_called_as_one_that_comes_by_itself(event: str) -> None:
    class Game(Room):
        def on_say(self, player: Player) -> None:
            self.emit(event)

    game = playtest(Game, "Ada")
    with pytest.raises(RulesFailed) as failed:
        game.Ada.say()
    assert f"self.emit('{event}'): programs know an event of that name" in str(failed.value.__cause__)


def test_the_line_of_a_mistake_is_told_however_the_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for text, why in (
        ("x = 1\nclass Game(Rom): pass\n", "line 2: NameError: name 'Rom'"),
        ("x = 1\n\nimport nothing_of_this_name\n", "line 3: ModuleNotFoundError"),
        ("def\n", "line 1: invalid syntax"),
    ):
        Path("game.py").write_text(text)
        for file in (Path("game.py"), Path("game.py").resolve(), Path("sub/../game.py")):
            Path("sub").mkdir(exist_ok=True)
            with pytest.raises(CannotServe, match=f"does not load: {why}"):
                load_classes(file)


def test_of_a_file_that_the_rules_import_the_name_is_told_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "game.py").write_text("import broken_cards\n")
    for text, why in (
        ("x = 1\ndef\n", r"broken_cards\.py, line 2: invalid syntax"),
        ("\n\ny = x\n", r"broken_cards\.py, line 3: NameError: name 'x'"),
        ("\nimport json\njson.loads('{')\n", r"broken_cards\.py, line 3: JSONDecodeError"),  # not the line in json
    ):
        (tmp_path / "broken_cards.py").write_text(text)
        with pytest.raises(CannotServe, match=f"does not load: {why}"):
            load_classes(tmp_path / "game.py")


def test_a_file_that_lacks_a_name_of_ours_is_told_where_it_is(tmp_path: Path) -> None:
    assert frozenset(roomcast.server.__all__) == MAKERS_NAMES
    (tmp_path / "game.py").write_text("class Game(Room): pass\n")
    with pytest.raises(CannotServe, match=r"line 1: NameError: .*'Room'.*: write from roomcast.server import Room "):
        load_classes(tmp_path / "game.py")
    (tmp_path / "game.py").write_text("import roomcast\n\nclass Game(roomcast.Room): pass\n")
    with pytest.raises(CannotServe, match=r"no class with rules: write from roomcast\.server import Room, and class"):
        load_classes(tmp_path / "game.py")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"import sys\n\nsys.exit(0)\n", 'line 3: it ends the program: write .* below if __name__ == "__main__"'),
        (b"x = 1\0", "does not load: (?!line None).*null bytes"),
        (b"def\n", "line 1: invalid syntax"),
    ],
)
def test_a_file_that_does_not_load_is_refused_in_words(tmp_path: Path, text: bytes, why: str) -> None:
    (tmp_path / "game.py").write_bytes(text)
    with pytest.raises(CannotServe, match=why):
        load_classes(tmp_path / "game.py")


class Box(Room):
    SPEED = 5

    def on_create(self) -> None:
        self.cards = [3, 1, 2]
        self._secret_door = "not kept"

    def on_try(self, player: Player, what: str) -> Any:
        if what == "constant":
            self.SPEED = 6
        elif what == "method":
            self.emit = 5  # type: ignore[assignment,method-assign]
        elif what == "missing":
            return self.nothing  # type: ignore[attr-defined]
        elif what == "elsewhere":
            self.broadcast("over")  # type: ignore[attr-defined]
        elif what in ("first", "nobody"):
            return self.players[0 if what == "first" else "Grace"].id  # type: ignore[index]
        elif what == "player":
            self.host_player = player
        elif what == "delete":
            del self.cards
            return hasattr(self, "cards")
        elif what == "state":
            self.state = {"level": 2}  # type: ignore[assignment,misc]
        elif what == "values":
            return list(self.players.values())  # type: ignore[attr-defined]
        elif what == "returned":
            return Reject("no")
        elif what == "tuple":
            return 1, 2
        elif what == "set":
            self.cards = {1, 2}
        elif what == "delete missing":
            del self.nothing  # type: ignore[attr-defined]
        elif what == "delete constant":
            del self.SPEED
        elif what == "delete method":
            del self.emit  # type: ignore[misc]
        return [self.SPEED, self.cards, self._secret_door, "cards" in dir(self)]


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("constant", r"self\.SPEED cannot be set: the class has it for all its rooms"),
        ("method", r"self\.emit cannot be set: every room has it"),
        ("missing", "this Box has no 'nothing' yet: set it in on_create"),
        ("elsewhere", "this Box has no .broadcast.* yet: write self.emit"),
        ("first", "nobody in the room has the id 0"),
        ("nobody", "nobody in the room has the id 'Grace'"),
        ("player", "keep player.id"),
        ("state", r"self\.state cannot be set: every room has it\. Set its keys: self\.state\[.*level.*\] = 2"),
        ("values", "self.players has no attribute 'values': they are no dict, for player in self.players"),
        ("returned", r"what on_try returns: a Reject is raised, .*: write raise Reject\(…\)"),
        ("tuple", r"a tuple would be a list: write a list, \[a, b\]"),
        ("set", r"a set would be a list: write a list, such as sorted\(…\)"),
        ("delete missing", r"self\.nothing cannot be deleted: it is not set"),
        ("delete constant", r"self\.SPEED cannot be deleted: the class has it for all its rooms"),
        ("delete method", r"self\.emit cannot be deleted: every room has it"),
    ],
)
def test_an_attribute_that_cannot_be_is_told_to_the_maker(what: str, why: str) -> None:
    game = playtest(Box, "Ada")
    with pytest.raises(RulesFailed, match=why):
        game.Ada.ask("try", what)
    assert game.Ada.ask("try", "nothing") == [5, [3, 1, 2], "not kept", True]


def test_an_attribute_can_be_deleted() -> None:
    game = playtest(Box, "Ada")
    assert game.Ada.ask("try", "delete") is False
    with pytest.raises(RulesFailed):
        game.Ada.ask("try", "nothing")


GOOD = """
from roomcast.server import Room
import beside

class Dots(Room):
    max_players = beside.MOST

class Rps(Room):
    kind = "rock-paper"
"""


def test_the_classes_of_a_file_are_found_by_kind(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("MOST = 3\n")
    (tmp_path / "game.py").write_text(GOOD)
    classes = load_classes(tmp_path / "game.py")
    assert list(classes) == ["dots", "rock-paper"]
    kinds = ruled_kinds(classes)
    assert {name: kinds(name) is not None for name in ("dots", "dots-2", "dotstoo", "rock-paper-x", "rock", "x")} == {
        "dots": True, "dots-2": True, "dotstoo": False, "rock-paper-x": True, "rock": False, "x": False,
    }  # fmt: skip
    dots = kinds("dots-2")
    assert dots is not None
    assert dots.most_players == 3


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("x = 1", "there is no class with rules"),
        ("x = (", r"does not load: line 1: '\(' was never closed"),
        ("\n\nraise ValueError('no')", "does not load: line 3: ValueError: no"),
        ("from roomcast.server import Room\nclass A(Room): kind = 'a/b'", "holds no '/'"),
        ("from roomcast.server import Room\nclass A(Room): kind = 'b'\nclass B(Room): pass", "A and B are of the kind"),
        ("from roomcast.server import Room\nclass A(Room):\n  def on_x(self): pass", "def on_x"),
    ],
)
def test_a_file_that_does_not_load_says_why(tmp_path: Path, text: str, why: str) -> None:
    (tmp_path / "game.py").write_text(text)
    with pytest.raises(CannotServe, match=why):
        load_classes(tmp_path / "game.py")


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CannotServe, match="no such file"):
        load_classes(tmp_path / "game.py")


def test_what_fails_again_and_again_is_counted() -> None:
    told: list[str] = []
    reports = MakerReports(lambda sentence, error: told.append(sentence))
    for place in range(100):
        try:
            raise ValueError(place)
        except ValueError as error:
            reports.add("Dots.on_move", "in the room 'dots'", error)
    assert len(told) == 3
    assert told[0] == "Dots.on_move failed in the room 'dots': nothing of it has happened, and the room goes on"
    assert "100 times" in told[2]
    assert reports.count == 100
