"""A short run of kill.py: a server that is killed while 20 players send. `make kill` runs the long one."""

import asyncio
from pathlib import Path

import pytest

from tests.reliability import kill

pytestmark = pytest.mark.takes(15)


@pytest.mark.parametrize(("level", "forget"), [("full", False), ("relaxed", False), ("full", True)])
def test_a_few_kills_break_no_promise(
    level: str, forget: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kill, "TOLERANCE", 60.0)  # how soon is for the long run, on a machine that has time
    good = asyncio.run(kill.campaign(tmp_path / "rooms.db", level, times=5, seed=1, forget=forget))
    report = capsys.readouterr().out
    assert good, report
    assert "20 of 20 players ran exactly what is on disk" in report
