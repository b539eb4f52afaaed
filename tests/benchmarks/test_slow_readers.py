"""The benchmark of slow readers, for seconds: that they miss nothing untold and the memory is bounded, not how fast."""

import subprocess
import sys

import pytest

from tests.programs import TOP

pytestmark = pytest.mark.takes(25)

SMALL = ("--seconds", "4", "--times", "1", "--kept-entries", "500", "--unread", "16384", "--ratio", "inf")


@pytest.mark.parametrize("dropped", [False, True], ids=["they are waited for", "who stops is dropped"])
def test_slow_readers_miss_nothing_untold_and_the_servers_memory_is_bounded(dropped: bool) -> None:
    patience = ("--unread-for", "1", "--seconds", "6") if dropped else ()
    ran = subprocess.run(
        [sys.executable, str(TOP / "benchmarks" / "slow_readers.py"), *SMALL, *patience],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "all was read, or told as skipped, exactly" in ran.stdout
    assert "; stopped: " in ran.stdout
    assert ", 0 skipped" not in ran.stdout, "the run was too short for them to skip anything"
    assert not dropped or not ran.stdout.partition("\n\n")[0].endswith(", 0 times dropped")
