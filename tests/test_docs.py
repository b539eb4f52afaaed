"""What the README and the docs show, runs."""

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from roomcast.server.server import Server
from roomcast.testing import Simulation
from tests.integration.conftest import start_server  # noqa: F401  # a fixture

TOP = Path(__file__).parent.parent


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of one language in a Markdown file."""
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_guide_runs_from_top_to_bottom(
    start_server: Callable[..., Server],  # noqa: F811  # the fixture
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ROOMCAST_SERVER", f"127.0.0.1:{start_server().port}")
    hint = logging.getLogger("roomcast.hints.unknown-command")
    monkeypatch.setattr(hint, "disabled", False)  # the guide turns it off: after the test, it is as before
    code = blocks(TOP / "docs" / "guide.md", "python")
    assert len(code) >= 8
    namespace: dict[str, object] = {}
    for block in code:
        exec(compile(block, "docs/guide.md", "exec"), namespace)  # noqa: S102  # our own text
    said = capsys.readouterr().out
    assert "I am red" in said
    assert 'roomcast.join("' in said
    assert "'blue', (5, 0)" in said


def test_the_page_about_testing_runs_from_top_to_bottom(capsys: pytest.CaptureFixture[str]) -> None:
    code = blocks(TOP / "docs" / "testing.md", "python")
    assert len(code) >= 6
    namespace: dict[str, Any] = {}
    for block in code:
        exec(compile(block, "docs/testing.md", "exec"), namespace)  # noqa: S102  # our own text
    assert "the game has come apart: This was seed 0; seeds=[0] runs it again." in capsys.readouterr().out
    namespace["test_moves_arrive"](Simulation(level="relaxed"))


def code_lines(text: str) -> int:
    return len([line for line in text.splitlines() if line.strip()])


def test_the_game_in_the_readme_is_the_example_and_has_ten_lines() -> None:
    example = (TOP / "examples" / "one_turtle.py").read_text(encoding="utf-8")
    (game,) = [block for block in blocks(TOP / "README.md", "python") if "onscreenclick" in block]
    assert example.endswith(game)
    assert code_lines(game) == 10


def test_a_turtle_for_each_player_takes_twenty_lines() -> None:
    example = (TOP / "examples" / "turtles.py").read_text(encoding="utf-8")
    _, _, game = example.partition("import roomcast\n")
    assert code_lines(game) == 20


@pytest.mark.parametrize("document", [TOP / "README.md", TOP / "CONTRIBUTING.md", *sorted(TOP.glob("docs/**/*.md"))])
def test_links_in_the_docs_lead_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (document.parent / link).exists(), f"{document.name} links to {link}, which is not there"


def test_what_the_reliability_page_says_to_run_is_there() -> None:
    page = (TOP / "docs" / "reliability.md").read_text(encoding="utf-8")
    tests = "\n".join(file.read_text(encoding="utf-8") for file in (TOP / "tests").rglob("test_*.py"))
    names = re.findall(r"^ *(?:async )?(?:def|class) (\w+)", tests, re.MULTILINE)
    arguments = re.findall(r'`make test ARGS="([^"]+)"`', page)
    assert len(arguments) >= 8
    for words in arguments:
        for path in re.findall(r"tests/[\w/.]+", words):
            assert (TOP / path).exists(), f"{path} is not there"
        for part in re.findall(r"-k (\w+|'[^']+')", words):
            for one in part.strip("'").split(" or "):
                assert any(one.lower() in name.lower() for name in names), f"-k {one} finds no test"
