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


def headings(document: Path) -> set[str]:
    """The anchors of a document's headings, as GitHub and the site make them."""
    found = re.findall(r"^#+ (.+)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_to_a_place_in_a_document_lead_there(document: str) -> None:
    """In docs/, `make docs` looks."""
    text = (TOP / document).read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^):]*)#([^)]+)\)", text) if link[0].endswith(".md")]
    assert [(path, place) for path, place in links if place not in headings(TOP / path)] == []


def rows_of_features() -> list[str]:
    table = (TOP / "README.md").read_text(encoding="utf-8").partition("| feature | works |")[2].partition("\n\n")[0]
    return table.splitlines()[2:]


ABOUT_RULES = re.compile(r"\b(?:rules|turns|seat|smoothly|bad network|Whose state|Starter clients|tests of games)\b")


def test_each_feature_of_rooms_with_rules_leads_to_a_page_or_an_example() -> None:
    rows = [row for row in rows_of_features() if ABOUT_RULES.search(row)]
    assert len(rows) >= 12
    assert [row for row in rows if "](docs/" not in row] == []


def test_each_example_of_the_table_of_features_has_a_test() -> None:
    tests = "\n".join(
        file.read_text(encoding="utf-8")
        for folder in ("tests", "examples")
        for file in (TOP / folder).rglob("test_*.py")
        if "node_modules" not in file.parts
    )
    links = [link for row in rows_of_features() for link in re.findall(r"\]\((examples/[^)]+)\)", row)]
    names = {Path(link).stem for link in links if not link.endswith(".md") and "/test_" not in link}
    assert len(names) >= 12
    assert [name for name in names if not re.search(rf"\b{name}\b", tests)] == []


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
