"""The boxes of one room under the names by which a disk keeps them, and which of them the open batch has touched.

Whatever is to go on after a restart is a field of one of these boxes.
"""

from __future__ import annotations

import msgspec
from msgspec import Raw

from roomcast.core.room.rules_fold import BoxChange, BoxFields
from roomcast.errors import ProtocolError
from roomcast.rules.boxes import Box


class KeptBoxes:
    """See above. A box that is removed is gone with all its fields."""

    __slots__ = ("_gone", "_is_new", "_names", "touched")

    def __init__(self) -> None:
        self._is_new = True  # no disk has anything of them
        self._names: dict[Box, str] = {}
        self.touched: dict[Box, None] = {}  # those that the open batch may have changed
        self._gone: set[str] = set()  # names of those that were removed since `close`

    def add(self, name: str, box: Box) -> None:
        self._names[box] = name

    def remove(self, box: Box) -> None:
        name = self._names.pop(box)
        self.touched.pop(box, None)
        if not box.is_empty:
            self._gone.add(name)

    def close(self) -> None:
        """The next batch begins; what this one has changed is taken out of the boxes."""
        self.touched.clear()
        self._gone.clear()
        self._is_new = False

    # ------------------------------------------------------------------ on disk

    def changes(self) -> dict[str, BoxChange]:
        """What the open batch has changed, by name."""
        if self._is_new:
            return {name: _whole(box) for box, name in self._names.items() if not box.is_empty}
        found: dict[str, BoxChange] = dict.fromkeys(self._gone)
        for box in self.touched:
            name = self._names.get(box, "")
            if name in self._gone:  # another box has its name: that of a player whose id somebody has again
                found[name] = _whole(box)
            elif name and (change := box.changes()):
                found[name] = change
        return found

    def save(self) -> dict[str, BoxFields]:
        return {name: box.save() for box, name in self._names.items() if box.texts}

    def restore(self, saved: dict[str, BoxFields]) -> None:
        """These are their fields, from now on. Raises `ProtocolError` for a box that is not there."""
        boxes = {name: box for box, name in self._names.items()}
        for name, fields in saved.items():
            if not fields:
                continue  # it may be that of a player who has left: earlier versions kept empty boxes
            if name not in boxes:
                raise ProtocolError("bad-message", f"these rules have nothing called {name}")
            boxes[name].restore(fields)
        self._is_new = False


def _whole(box: Box) -> Raw:
    return Raw(msgspec.json.encode(box.save()))
