"""What `make test` runs."""

import subprocess

from tests.programs import TOP


def test_the_arguments_of_make_test_are_for_pytest_alone() -> None:
    ran = subprocess.run(
        ["make", "--dry-run", "test", "ARGS=-k room"], cwd=TOP, capture_output=True, text=True, timeout=60, check=True
    )
    assert [line.split()[0] for line in ran.stdout.splitlines() if "-k room" in line] == [".venv/bin/pytest"]
