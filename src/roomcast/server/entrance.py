"""Which sockets may stay, and what the log says of those that may not: a line a minute for each address."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from roomcast.core.server.directory import Directory
from roomcast.core.server.prices import BYTE_OUT
from roomcast.errors import Refused

TOLD_EVERY: Final = 60.0  # seconds between two lines about one address

log: Final = logging.getLogger("roomcast.server")


class Entrance:
    """Counts the sockets of a server's listeners, from the moment at which each is accepted.

    `is_proxy`: whether a trusted proxy has that address, so that its sockets are those of many clients.
    """

    def __init__(self, directory: Directory, is_proxy: Callable[[str], bool]) -> None:
        self._directory = directory
        self._is_proxy = is_proxy

    def accepted(self, address: str, now: float, /) -> bool:
        try:
            self._directory.admission.accept(address, now, for_many=self._is_proxy(address))
        except Refused as error:
            self.refused(address, error.message, now)
            return False
        return True

    def moved(self, address: str, client: str, now: float, /) -> str | None:
        try:
            self._directory.admission.move(address, client, now)
        except Refused as error:
            self.refused(client, error.message, now)
            return error.message
        return None

    def charge(self, address: str, microseconds: float, size: int, now: float, /) -> float:
        return self._directory.accounts.charge(address, microseconds + size * BYTE_OUT, now)

    def ended(self, address: str, now: float, /) -> None:
        self._directory.admission.ended(address, now)

    def refused(self, address: str, why: str, now: float) -> None:
        """Log that a connection was refused, once a minute for each address."""
        account = self._directory.accounts.of(address, now)
        if now - account.told_at >= TOLD_EVERY:
            account.told_at = now
            log.warning("A connection from %s was refused: %s", address, why)
