"""What many tests of the core begin with."""

import pytest

from tests.core.fakes import House
from tests.core.talk import Talk


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def live() -> Talk:
    """A client that is in a room."""
    talk = Talk()
    talk.join()
    return talk
