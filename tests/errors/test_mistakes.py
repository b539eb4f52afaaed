"""Each mistake leads to a sentence, which leads to its entry on the page about troubleshooting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from roomcast.cli.help import entries
from roomcast.help_topics import link
from tests.errors import mistakes_of_joining, mistakes_of_programs, mistakes_of_the_command_line
from tests.errors.making import MISTAKES, Mistake, Table
from tests.integration.conftest import RunningServer

pytestmark = pytest.mark.takes(12)

FILES = (mistakes_of_joining, mistakes_of_programs, mistakes_of_the_command_line)


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    server = RunningServer()
    yield server
    server.stop()


@pytest.fixture
def table(
    server: RunningServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Table]:
    table = Table(server, tmp_path, monkeypatch, caplog, capsys)
    with table.stack:
        yield table


def quotes(entry: str) -> list[re.Pattern[str]]:
    """The messages that an entry quotes, as patterns: … stands for anything."""
    found = re.findall(r"^> (.+(?:\n> .+)*)", entry, re.MULTILINE)
    texts = (re.sub(r"\n> ", " ", one) for one in found)
    return [re.compile(".*".join(map(re.escape, one.split("…"))), re.DOTALL) for one in texts]


def test_there_are_forty_and_more() -> None:
    assert len(MISTAKES) >= 40
    assert {one.make.__module__ for one in MISTAKES} == {file.__name__ for file in FILES}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda one: f"{one.topic}-{one.make.__name__}")
def test_a_mistake_is_explained(table: Table, mistake: Mistake) -> None:
    text = table.what_is_read(mistake.make)
    assert text.endswith(f" {link(mistake.topic)}"), text
    sentence = " ".join(text.removesuffix(link(mistake.topic)).split())
    said = quotes(entries()[mistake.topic])
    assert any(one.fullmatch(sentence) for one in said), f"docs/troubleshooting.md does not quote this: {sentence}"
