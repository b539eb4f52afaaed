"""The golden vectors, as the tests read them. What they promise stands in tests/vectors/README.md."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.programs import TOP

FOLDER = TOP / "tests" / "vectors"


def load(name: str) -> Any:
    """All that one file holds."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


def each(name: str, part: str | None = None) -> pytest.MarkDecorator:
    """Decorator: run the test once for each vector of a file (or of one part of it)."""
    vectors = load(name) if part is None else load(name)[part]
    return pytest.mark.parametrize("vector", [pytest.param(vector, id=vector["name"]) for vector in vectors])


def bytes_of(vector: dict[str, Any]) -> bytes:
    """The bytes of a vector: its text, or what stands in its place."""
    if "base64" in vector:
        return base64.b64decode(vector["base64"])
    text: str = vector["text"]
    return text.encode()
