"""Texts that nobody can guess, and who may have been sent each: whatever is sent to anybody is searched for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

MARK: Final = b"sealed-"  # with which each begins; its number and a `-` follow


class Secrets:
    """The readers of each secret, by player id. "": those who only look on."""

    def __init__(self) -> None:
        self.readers: dict[str, set[str]] = {}

    def new(self, *readers: str) -> str:
        secret = f"{MARK.decode()}{len(self.readers)}-"
        self.readers[secret] = set(readers)
        return secret

    def may_see(self, value: Any, *readers: str) -> None:
        """All secrets in a value may be sent to these."""
        for secret in self.found_in(msgspec.json.encode(value)):
            self.readers[secret].update(readers)

    def leaked(self, data: bytes, reader: str) -> str:
        """A secret in what a reader was sent that is not for it; "": there is none.

        What those see who only look on is for everyone.
        """
        for secret in self.found_in(data):
            if self.readers[secret].isdisjoint((reader, "")):
                return secret
        return ""

    def found_in(self, data: bytes) -> Iterator[str]:
        if MARK in data:
            for piece in data.split(MARK)[1:]:
                yield f"{MARK.decode()}{piece[: piece.index(b'-')].decode()}-"
