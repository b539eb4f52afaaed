"""The benchmark of one room, for a second: whether all arrives in order, not how fast."""

import subprocess
import sys

from tests.programs import TOP


def test_a_room_of_100_gets_every_copy_in_order() -> None:
    ran = subprocess.run(
        [sys.executable, str(TOP / "bench" / "room.py"), "--seconds", "1"],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "200,000 of 200,000 arrived; breaks in the order: 0" in ran.stdout
