"""The short form of `make marbles`."""

import pytest

from tests.js.node import needs_node
from tests.reliability.marbles import run

pytestmark = pytest.mark.takes(25)


@needs_node
def test_one_world_in_programs_of_three_kinds_that_are_killed_and_from_the_log() -> None:
    assert run(0.2, seed=7) == []
