"""docs/how-to/adopt.md shows what `roomcast adopt` really says."""

import subprocess

from tests.cli.roomcast_program import ROOMCAST
from tests.programs import EXAMPLES, TOP
from tests.test_docs import blocks

PAGE = TOP / "docs" / "how-to" / "adopt.md"


def test_the_diff_and_the_list_on_the_page_are_those_of_the_command() -> None:
    ran = subprocess.run(
        [ROOMCAST, "adopt", "dots.py"],
        cwd=EXAMPLES / "adopt",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert blocks(PAGE, "diff") == [ran.stdout]
    assert blocks(PAGE, "text")[0].strip() == ran.stderr.strip()
