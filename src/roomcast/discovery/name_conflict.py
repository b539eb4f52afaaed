"""Whether another server announces itself under our name: conflict resolution, RFC 6762, section 9.

Who announces asks first whether a name is free. Where the answer comes late, as on a busy computer, both have it. Each
then hears the other's announcements, and the one whose TXT record is smaller takes another name.
"""

from __future__ import annotations

from asyncio import Event
from typing import Final

from zeroconf import (  # type: ignore[attr-defined]  # DNSText is there, and documented, but not in its __all__
    DNSText,
    RecordUpdate,
    RecordUpdateListener,
    ServiceInfo,
    Zeroconf,
)


class NameConflict(RecordUpdateListener):
    """Listens for records of another server under our name.

    `heard` is set where there are some. `yields`: it is for us to take another name.
    """

    def __init__(self, info: ServiceInfo) -> None:
        self.heard: Final = Event()
        self.yields = False
        self._name: Final = info.name.lower()
        self._text: Final = info.text or b""

    def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
        for update in records:
            record = update.new
            if (
                isinstance(record, DNSText)
                and record.ttl
                and record.text != self._text
                and record.name.lower() == self._name
            ):
                self.yields = self._text < record.text
                self.heard.set()
