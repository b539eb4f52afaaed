"""From many inputs the few that reach all that the many do: these are worth a place in the repository."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

import roomcast
from tests.fuzz.targets import Target

_OURS: Final = str(Path(roomcast.__file__).parent)

Step = tuple[str, int, int | str]  # a file, a line in it; the line before that in the same call, or what went wrong
_MESSAGE: Final = re.compile(r"\d+|'.*'|`.*`")  # what differs in messages of one kind


def smallest(target: Target, inputs: list[bytes]) -> dict[str, bytes]:
    """Inputs by their names in the corpus."""
    reached = {data: steps(target, data) for data in inputs}
    missing = set[Step]().union(*reached.values())
    kept: dict[str, bytes] = {}
    while missing:  # the best first: what reaches most for its length
        best = max(reached, key=lambda data: (len(reached[data] & missing), -len(data), data))
        kept[name_of(best)] = best
        missing -= reached[best]
    return kept


def name_of(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()[:12]


def steps(target: Target, data: bytes) -> set[Step]:
    """All steps from line to line that our code takes with this input, and what is wrong with it."""
    seen: set[Step] = set()

    def call(frame: FrameType, event: str, argument: object) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(_OURS):
            return None
        before = 0

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal before
            if event == "line":
                seen.add((file, frame.f_lineno, before))
                before = frame.f_lineno
            elif event == "exception":
                seen.add((file, frame.f_lineno, _MESSAGE.sub("", str(argument[1]))))
            return line

        return line

    sys.settrace(call)
    try:
        target.run(data)
    finally:
        sys.settrace(None)
    return seen
