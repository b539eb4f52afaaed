"""`make simulate`: what it prints about many seeds, and about one that broke a promise."""

import re

import pytest
from click.testing import CliRunner, Result

from roomcast.core.room.log import Log
from roomcast.testing.__main__ import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_it_prints_the_number_of_seeds_the_rate_and_the_events() -> None:
    result = run("--seeds", "30", "--processes", "2")
    assert result.exit_code == 0, result.output
    assert re.search(r"^30 seeds in \d+ s, [\d.]+ a second, in 2 processes", result.output, re.MULTILINE)
    assert re.search(r"^ +[\d,]+  program: command$", result.output, re.MULTILINE)
    assert "fault: server killed" in result.output
    assert result.output.endswith("Every promise was kept.\n")


def test_it_prints_the_seed_that_broke_a_promise_and_the_command_that_repeats_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Log, "trim", lambda *_: None)
    result = run("--seeds", "5", "--first", "10", "--processes", "1")
    assert result.exit_code == 1
    found = re.search(r"Seed (\d+) broke a promise: memory has bounds: .*\nRun it again: (.*)", result.output)
    assert found is not None
    seed, command = found.groups()
    assert 10 <= int(seed) < 15
    assert command.startswith(f"make simulate SEED={seed} ")
    assert f"-m roomcast.testing --seed {seed})" in command

    again = run("--seed", seed, "--lines", "50")
    assert again.exit_code == 1
    assert "A promise is broken: memory has bounds" in again.output
    assert '{"t":"do","s":' in again.output, "every message that was carried"
    assert len(again.output.splitlines()) >= 50


def test_a_seed_that_keeps_every_promise_shows_its_last_events_too() -> None:
    result = run("--seed", "3", "--lines", "20")
    assert result.exit_code == 0
    assert "Seed 3, digest " in result.output
    assert result.output.endswith("Every promise was kept.\n")
