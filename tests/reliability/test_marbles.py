"""The short forms of `make marbles`."""

import pytest

from tests import chromium
from tests.js.node import needs_node
from tests.reliability.marbles import WITH_NODE, run

pytestmark = pytest.mark.takes(35)


@needs_node
def test_one_world_in_programs_of_three_kinds_that_are_killed_and_from_the_log() -> None:
    assert run(0.2, seed=7, kinds=WITH_NODE) == []


@pytest.mark.skipif(chromium.program() is None, reason=str(chromium.why_not()))
def test_one_world_in_a_program_and_a_page_that_is_closed_and_killed() -> None:
    assert run(0.15, seed=4, kinds=("game", "page")) == []
