"""The pages of rooms with rules: `pages/dots.html` in the maker's folder is at /dots, for the rooms dots and dots-…"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, unquote

from roomcast.core.server.room_kinds import RoomKinds
from roomcast.server.site_folder import SiteFolder

_TAKEN: Final = frozenset(
    {"lobby", "watch", "learn"}
)  # what the server has there is found whatever a maker's kinds are


class KindPages:
    """Which kinds have a page, as of the last look into the folder."""

    def __init__(self, folder: SiteFolder, kinds: RoomKinds) -> None:
        self._folder = folder
        self._kinds = kinds
        self.names: tuple[str, ...] = ()
        self.strays: tuple[str, ...] = ()  # pages that are no kind's
        self._seen = 0  # as `SiteFolder.changed_at`: what was there then is in `names`

    def look(self) -> None:
        """See which pages are there now. It waits for the disk: call it in a thread."""
        changed_at = self._folder.changed_at()  # anybody may make us look: most times, nothing is new
        if not changed_at or changed_at != self._seen:
            self._seen = changed_at
            pages = sorted(self._folder.page_names())
            self.names = tuple(filter(self._is_kind, pages))
            self.strays = tuple(page for page in pages if page not in self.names)

    def path_of(self, room: str) -> str:
        """The path of the page for a room, percent-encoded; "" where its kind has none, or it has no rules."""
        kind = self._kinds(room)
        return f"/{quote(kind.name)}" if kind is not None and kind.name in self.names else ""

    def has(self, path: str) -> bool:
        """Whether the page of a kind is at that path of a URL."""
        return unquote(path.removeprefix("/")) in self.names

    def _is_kind(self, name: str) -> bool:
        kind = self._kinds(name)
        return kind is not None and kind.name == name and name not in _TAKEN
