"""The pages of the user's own folder (`roomcast serve --site DIR`), which come before those of the site."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, TypeAlias

from roomcast.server.folder_response import folder_response
from roomcast.server.kind_pages import KindPages
from roomcast.server.site_folder import SiteFolder
from roomcast.transports.http_message import Request, Response

Otherwise: TypeAlias = Callable[[Request, str], Response]

# The user's pages may load from anywhere and have inline scripts, as pages usually may. Only other sites may not show
# them in frames.
_HEADERS: Final = {
    "Content-Security-Policy": "frame-ancestors 'self'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # a browser asks each time, so that a change is seen at the next reload
}


class OwnPages:
    """What the folder has is answered from it, and all else by `otherwise`.

    `kinds`: the rooms with rules that may have a page in it.
    """

    def __init__(self, folder: SiteFolder, otherwise: Otherwise, kinds: KindPages | None = None) -> None:
        self._folder = folder
        self._otherwise = otherwise
        self._kinds = kinds

    def respond(self, request: Request, path: str) -> Response:
        """A response that is made in a thread, because it waits for the disk."""
        return Response(HTTPStatus.OK, later=lambda: self._made(request, path))

    def _made(self, request: Request, path: str) -> Response:
        found = self._folder.find(path)
        if found is None and self._kinds is not None:
            self._kinds.look()  # so that the lobby knows a page that was just made
            found = self._folder.find(f"{path}.html") if self._kinds.has(path) else None
        if found is None:
            return self._otherwise(request, path)
        return folder_response(request, found, _HEADERS)
