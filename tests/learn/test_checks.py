"""`roomcast learn check`: right solutions pass, and each usual mistake gets a sentence of its own."""

import os
import re
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import pytest

from roomcast.discovery.networks import Interface
from roomcast.learn import learner_program, plain_friend
from roomcast.learn.check_run import CHAPTERS, run_check, steps, usual_file
from roomcast.learn.checks import chapter_1, chapter_7
from roomcast.learn.finding import Report
from tests.learn.mistakes import BUSY, MISTAKES, OWN, SOLUTIONS, Mistake
from tests.programs import TOP

pytestmark = pytest.mark.takes(40)

AT_A_TIME = 4  # checks: they mostly wait
PATIENCE = 15.0  # seconds for what must happen; a right solution never needs them
IMPATIENCE = 2.5  # … for what does not happen in a wrong one
FEW = 5  # mistakes of each exercise that are tried; all of them by `make mistakes`
CHOSEN = {
    chapter: mistakes if os.environ.get("EVERY_MISTAKE") else mistakes[:FEW] for chapter, mistakes in MISTAKES.items()
}


@pytest.fixture(scope="module")
def reports(display: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], dict[str, Report]]]:
    """reports(3) → what the check of chapter 3 said of all wrong solutions, by their names."""
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as listener:
        tmp_path_factory.getbasetemp()  # made once, before several threads ask for it
        patch.setenv("DISPLAY", display)
        patch.setattr(chapter_1, "every_interface", interfaces)

        @cache
        def look(chapter: int) -> dict[str, Report]:
            name = usual_file(chapter)
            right = (SOLUTIONS / str(chapter) / name).read_text(encoding="utf-8")

            def look_at(mistake: Mistake) -> Report:
                file = tmp_path_factory.mktemp("mistake") / name
                text = mistake.text(right).replace(f"'{BUSY}'", str(listener.getsockname()[1]))
                file.write_text(text, encoding="utf-8")
                return run_check(chapter, file, patience=IMPATIENCE, starting=PATIENCE)

            with ThreadPoolExecutor(AT_A_TIME) as pool:
                names = [mistake.name for mistake in CHOSEN[chapter]]
                return dict(zip(names, pool.map(look_at, CHOSEN[chapter]), strict=True))

        yield look


def test_a_folder_beside_the_settings_is_found(tmp_path: Path) -> None:
    text = (SOLUTIONS / "8" / "roomcast.toml").read_text(encoding="utf-8")
    (tmp_path / "page").mkdir()
    file = tmp_path / "roomcast.toml"
    file.write_text(f'{text}site = "page"\n', encoding="utf-8")
    assert run_check(8, file, starting=PATIENCE).finding is None
    file.write_text(f'{text}site = "pages"\n', encoding="utf-8")
    finding = run_check(8, file, starting=PATIENCE).finding
    assert finding is not None
    assert "no folder" in finding.saw


def interfaces() -> list[Interface]:
    """As on a computer with a network, which the test's may not have."""
    return [Interface("lo", "127.0.0.1", None), Interface("eth0", OWN, None)]  # type: ignore[arg-type]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_right_solution_passes(chapter: int, display: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.setattr(learner_program, "_ANSWERS_WITHIN", PATIENCE)
    monkeypatch.setattr(plain_friend, "_TAKES_WITHIN", PATIENCE)
    passed: list[str] = []
    file = SOLUTIONS / str(chapter) / usual_file(chapter)
    report = run_check(chapter, file, patience=PATIENCE, starting=PATIENCE, passed=passed.append)
    assert report.finding is None
    assert passed == list(report.steps)
    assert report.passed == len(report.steps)


@pytest.mark.parametrize(
    ("chapter", "mistake"),
    [
        pytest.param(chapter, mistake, id=f"{chapter}-{mistake.name}")
        for chapter, mistakes in CHOSEN.items()
        for mistake in mistakes
    ],
)
def test_a_mistake_is_said_in_words(
    chapter: int, mistake: Mistake, reports: Callable[[int], dict[str, Report]]
) -> None:
    finding = reports(chapter)[mistake.name].finding
    assert finding is not None
    assert finding.sentence.startswith(mistake.says), finding
    for words in (finding.tried, finding.saw, finding.expected, finding.hint):
        assert words.strip()


def test_who_is_moved_by_the_keys_of_a_game_does_not_end_where_it_began() -> None:
    """Else a newcomer's window shows the same as the others', though it knows nothing of what has happened."""
    steps = {"Left": -1, "a": -1, "Right": 1, "d": 1, "Up": -1j, "w": -1j, "Down": 1j, "s": 1j}

    class Moved:
        at = 0j

        def __init__(self, keys: set[str]) -> None:
            self.keys = keys

        def press(self, key: str) -> None:
            self.at += steps[key] if key in self.keys else 0

        def click(self, x: int, y: int) -> None:
            """Such a game has no use for clicks."""

    for keys in set("wasd"), steps.keys() - set("wasd"):
        for pressed_before in range(len(chapter_7._KEYS) + 1):
            player = Moved(keys)
            for key in chapter_7._KEYS[:pressed_before]:
                player.press(key)
            for _ in range(2 * chapter_7._ROUNDS):
                chapter_7._play(player)  # type: ignore[arg-type]
                assert player.at != 0


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_five_mistakes_of_each_exercise_have_five_sentences(chapter: int) -> None:
    assert len({mistake.says for mistake in MISTAKES[chapter][:FEW]}) == FEW
    assert len({mistake.name for mistake in MISTAKES[chapter]}) == len(MISTAKES[chapter])


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_page_of_exercises_names_the_file_and_all_steps(chapter: int) -> None:
    page = (TOP / "examples" / "learn" / "exercises.md").read_text(encoding="utf-8")
    part = re.split(r"^## (?=\d)", page, flags=re.MULTILINE)[chapter]
    assert f"(`{usual_file(chapter)}`)" in part.splitlines()[0]
    assert len(re.findall(r"\n\d\. ", part)) == len(steps(chapter))


def test_the_server_of_the_exercise_has_faults(tmp_path: Path) -> None:
    broken = TOP / "examples" / "learn" / "4-what-goes-wrong" / "exercise" / "server.py"
    report = run_check(4, broken, patience=IMPATIENCE, starting=PATIENCE)
    assert report.finding is not None
