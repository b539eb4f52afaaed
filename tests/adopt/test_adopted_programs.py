"""Each program, adopted, plays with itself as it was before: both do the same, in one room of a real server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from roomcast.adopt import adopt
from tests.cli.roomcast_program import ANYWHERE, Roomcast
from tests.plain_player import PlainPlayer
from tests.programs import EXAMPLES, Program
from tests.waiting import wait_for
from tests.windows import Window

pytestmark = pytest.mark.takes(25)

PROGRAMS = Path(__file__).parent / "programs"
OLD_PORT = "50003"  # in the programs, as people write it
NEW_PORT = "8112"
OLD, NEW = "Ada", "player"  # the ids that the server gives: from its list of names, and where no name is given


@dataclass
class Case:
    """`steps`: who does what, and what both print then."""

    program: str
    steps: list[tuple[str, str, str]]
    ready: str  # what each prints when the other is there
    keys: bool = False  # what is done are keys in a window, else lines in a terminal
    kept: bool = False  # whether its dispatch has to stay as it is
    arguments: Callable[[int], list[str]] = field(default=lambda port: [])  # of the adopted one
    source: Path | None = None


DOTS = [
    (OLD, "Right", "Ada is at 210 200"),
    (NEW, "Left", "player is at 190 200"),
    (OLD, "Right", "Ada is at 220 200"),
]
CASES = [
    Case("dots", DOTS, "{} is at 200 200", keys=True, source=EXAMPLES / "adopt" / "dots.py"),
    Case("tk_globals", DOTS, "{} is at 200 200", keys=True),
    Case("tk_class_match", DOTS, "{} is at 200 200", keys=True),
    Case("pygame_list", DOTS, "{} is at 200 200", keys=True, arguments=lambda port: [f"127.0.0.1:{port}"]),
    Case(
        "turtle_table",
        [(OLD, "Right", "Ada is at 50 0"), (NEW, "Left", "player is at 0 0"), (NEW, "Right", "player is at 0 50")],
        "{} is at 0 0",
        keys=True,
    ),
    Case(
        "app_object",
        [(OLD, "space", "Ada has a green hat"), (NEW, "space", "player has a green hat")],
        "{} has a red hat",
        keys=True,
        kept=True,
    ),
    Case(
        "chat_thread",
        [
            (OLD, "hello all, é!", "Ada: hello all, é!"),
            (NEW, "wave", "player waves"),
            (NEW, "and you", "player: and you"),
        ],
        ready="* {} is here",
    ),
    Case(
        "all_in_main",
        [(OLD, "5", "Ada has 5"), (NEW, "7", "player has 7"), (OLD, "1", "Ada has 6")],
        ready="{} has 0",
    ),
    Case(
        "not_blocking",
        [
            (OLD, "c4", "Ada played c4 for 0.5"),
            (NEW, "g3", "player played g3 for 0.5"),
            (NEW, "stop", "player stopped"),
        ],
        ready="{} came",
    ),
    Case(
        "thread_class",
        [(OLD, "it is 42", "Ada answers: it is 42"), (NEW, "7", "player answers: 7")],
        ready="{} plays, too",
    ),
    Case(
        "network_class",
        [(OLD, "4 X", "Ada marks 4 with X  | | | |X| | | | "), (NEW, "0 O", "player marks 0 with O O| | | |X| | | | ")],
        ready="{} sits down",
        kept=True,
    ),
    Case(
        "dots_client",
        DOTS,
        "{} is at 200 200",
        keys=True,
        arguments=lambda port: ["127.0.0.1", str(port), "--log"],
        source=EXAMPLES / "starter" / "dots_client.py",
    ),
]


@pytest.fixture
def serve() -> Iterator[Roomcast]:
    with Roomcast("serve", *ANYWHERE) as program:
        yield program


def source_of(case: Case) -> str:
    return (case.source or PROGRAMS / f"{case.program}.py").read_text(encoding="utf-8")


class Players:
    """The program as it was, and the adopted one, in one room."""

    def __init__(
        self, case: Case, serve: Roomcast, folder: Path, display: str, stack: ExitStack, *, wait: bool = True
    ) -> None:
        self.case, self.display = case, display
        source = source_of(case)
        result = adopt(source, case.program)
        assert bool(result.doubts) == case.kept, result.doubts
        old, new = folder / "old.py", folder / "new.py"
        old.write_text(source.replace(OLD_PORT, str(serve.starter_port)), encoding="utf-8")
        new.write_text(result.source.replace(NEW_PORT, str(serve.port)), encoding="utf-8")
        where = {"DISPLAY": display, "ROOMCAST_SERVER": f"127.0.0.1:{serve.port}", "SDL_AUDIODRIVER": "dummy"}
        arguments = ["127.0.0.1", str(serve.starter_port), "--log"] if case.program == "dots_client" else []
        self.programs: dict[str, Program] = {}
        self.windows: dict[str, Window] = {}
        for who, file, given in ((OLD, old, arguments), (NEW, new, case.arguments(serve.port))):
            before = Window.all(display) if case.keys else []
            program = self.programs[who] = stack.enter_context(Program(file, *given, typed=True, **where))
            if not wait:
                continue
            wait_for(lambda: any(who in line for line in program.lines), what=f"{file.name} knows who it is")  # noqa: B023
            if case.keys:
                self.windows[who] = wait_for(lambda: new_window(display, before), what="its window opens")  # noqa: B023

    def act(self, who: str, what: str) -> None:
        if self.case.keys:
            self.windows[who].press(what)
        else:
            self.programs[who].type(what)


def new_window(display: str, before: list[Window]) -> Window | None:
    found = [one for one in Window.all(display) if one not in before and min(one.middle) > 50]
    return found[0] if found else None


def moves(program: Program, who: str) -> list[str]:
    return [line for line in program.lines if re.match(rf"{who}\b", line)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.program)
def test_the_adopted_program_plays_with_the_old_one(case: Case, serve: Roomcast, display: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        players = Players(case, serve, tmp_path, display, stack)
        for one, other in ((OLD, NEW), (NEW, OLD)):
            players.programs[one].line(case.ready.format(other))
        for who, what, seen in case.steps:
            players.act(who, what)
            for program in players.programs.values():
                if case.keys or program is not players.programs[who]:
                    program.line(seen)
        if case.keys:
            for who in (OLD, NEW):
                assert moves(players.programs[OLD], who) == moves(players.programs[NEW], who)


def test_a_bot_answers_as_before(serve: Roomcast, display: str, tmp_path: Path) -> None:
    case = Case("bot_loop", [], "hello to {}")
    with ExitStack() as stack:
        players = Players(case, serve, tmp_path, display, stack)
        players.programs[OLD].line("hello to player")
        players.programs[NEW].line("hello to Ada")
        guest = stack.enter_context(PlainPlayer(serve.starter_port))
        assert guest.meet() == [OLD, NEW]
        guest.say("sum 1 2 39")
        heard: set[str] = set()
        while not {"say Ada 42", "say player 42"} <= heard:
            heard.add(guest.hear())
        assert {f"say {who} hello {guest.id}" for who in (OLD, NEW)} <= heard
        for program in players.programs.values():
            program.line(f"{guest.id} asks for [1, 2, 39]")


def test_a_program_that_looks_only_sometimes(serve: Roomcast, display: str, tmp_path: Path) -> None:
    case = Case("early_exit", [], "{} is off")
    with ExitStack() as stack:
        players = Players(case, serve, tmp_path, display, stack, wait=False)
        old, new = players.programs[OLD], players.programs[NEW]

        def looks(program: Program, line: str) -> None:
            def look() -> bool:
                before = program.lines.count("looked")
                program.type("look")
                wait_for(lambda: program.lines.count("looked") > before, what="it has looked")
                return line in program.lines

            wait_for(look, what=line)

        looks(old, "player is off")
        looks(new, "Ada is off")
        for who, what, seen in (
            (old, "on", "Ada is on"),
            (new, "dim 40", "player is at 40 percent"),
            (old, "off", "Ada is off"),
        ):
            other = new if who is old else old
            other.lines.clear()
            who.type(what)
            who.line(f"said {what}")
            looks(other, seen)
        new.end_input()
        assert new.wait() == 0
