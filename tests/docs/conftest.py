from pathlib import Path

import pytest

from tests.docs.built import built_site


@pytest.fixture(scope="session")
def site() -> Path:
    return built_site()
