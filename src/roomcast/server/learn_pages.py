"""The docs site at /learn/: the tutorial, how-to pages and the reference, as `make docs` built them.

They are read from the disk at each request: pictures and all, they are too large to keep in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Final

from roomcast import help_topics
from roomcast.errors import CannotServe
from roomcast.server.folder_response import folder_response
from roomcast.server.site_folder import INDEX, Moved, SiteFolder
from roomcast.transports.http_message import Request, Response, text_response

AT: Final = "/learn/"

# As for the other pages of the site, but for what Sphinx's search and the theme need: they make HTML out of text of the
# site's own, and have icons inside their style sheets.
_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # a browser may keep it, but asks every time
}
_NOT_BUILT: Final = (
    "This server has no copy of the docs. In the folder of Roomcast from which it was installed, type: make docs "
    "(or read the same pages there, in docs/)."
)
_BUILDING: Final = "The docs of this server are being built anew: try again in a moment."
_SOON: Final = {"Retry-After": "5"}  # seconds
_NO_PAGE: Final = f"There is no such page in the docs. They begin at {AT}."


def built_site() -> Path:
    """The folder into which `make docs` builds the site; it need not be there."""
    return Path(str(files("roomcast"))) / "site" / "learn"


class LearnPages:
    """Answers for the paths that begin with /learn/. `folder`: where the built site is, if it is."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = built_site() if folder is None else folder

    @staticmethod
    def has(path: str) -> bool:
        """Whether it answers for that path."""
        return path == AT[:-1] or path.startswith(AT)

    def help_link(self) -> Callable[[str], str]:
        """What makes the link to a help topic: to its entry here, or, where that was not built, to the command.

        Call it in a thread.
        """
        return help_topics.page_link if self._is_built() else help_topics.link

    def _is_built(self) -> bool:
        return (self._folder / INDEX).is_file()

    def respond(self, request: Request, path: str) -> Response:
        """A response that is made in a thread, because it waits for the disk."""
        return Response(HTTPStatus.OK, later=lambda: self.made(request))

    def made(self, request: Request) -> Response:
        """The response itself; call it in a thread."""
        if not self._is_built():
            return text_response(HTTPStatus.NOT_FOUND, _NOT_BUILT, _HEADERS, topic="install")
        if request.path == AT[:-1]:
            return Response(HTTPStatus.FOUND, {**_HEADERS, "Location": AT})
        try:
            folder = SiteFolder(self._folder)
        except CannotServe:  # it was there a moment ago
            return text_response(HTTPStatus.SERVICE_UNAVAILABLE, _BUILDING, _HEADERS | _SOON, topic="no-page")
        found = folder.find(request.path[len(AT) - 1 :])
        if isinstance(found, Moved):
            found = Moved(AT[:-1] + found.to)
        if found is None:
            return text_response(HTTPStatus.NOT_FOUND, _NO_PAGE, _HEADERS, topic="no-page")
        return folder_response(request, found, _HEADERS)
