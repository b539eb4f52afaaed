"""What a turn changes of all that a room's rules hold."""

from __future__ import annotations

from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.room.rules_fold import TruthPatch, truth_patch


def changed(**fields: str) -> TruthPatch:
    patch = truth_patch({"self": {name: (None, Raw(codec.encode(text))) for name, text in fields.items()}})
    assert patch is not None
    return patch
