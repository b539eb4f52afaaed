"""The program's own state on its way to the server, which has asked for it: in pieces, after all else that waits."""

from __future__ import annotations

import hashlib
from collections import deque
from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Save, SavedWorld

_AROUND: Final = 300  # bytes of a message beside the piece in it
_EXPANDS: Final = 4  # bytes of a character in a JSON text, at most: canonical JSON has no control characters


class WorldUpload:
    """The messages that answer `save`. They may be added from any thread, and are not kept for another connection."""

    __slots__ = ("lines",)

    def __init__(self) -> None:
        self.lines: Final[deque[tuple[int, bytes]]] = deque()  # the log that each is about, and the message

    def add(self, log: int, save: Save, text: str, size: int) -> None:
        """Answer with the hash of the text and, where all of it is asked for, with the text.

        `log`: the one that the entry `save.s` is in. `size`: bytes that a message may have.
        """
        digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        if not save.whole:
            self.lines.append((log, codec.encode(SavedWorld(save.s, digest, at=save.at))))
            return
        step = max(1, (size - _AROUND) // _EXPANDS)
        for start in range(0, len(text), step):
            more = start + step < len(text)
            piece = SavedWorld(save.s, "" if start else digest, text[start : start + step], more, save.at)
            self.lines.append((log, codec.encode(piece)))

    def decline(self, log: int, save: Save) -> None:
        """Answer that there is nothing to send."""
        self.lines.append((log, codec.encode(SavedWorld(save.s, at=save.at))))

    def next(self, log: int) -> bytes:
        """The next message about the log that is followed now; b"": there is none. It counts as written."""
        while self.lines:
            of, line = self.lines.popleft()
            if of == log:
                return line
        return b""
