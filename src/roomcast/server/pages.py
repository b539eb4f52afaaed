"""The responses to plain GETs: files of the site, the rooms as JSON for the lobby, a QR code, counts.

Pages are sent as they are on disk. What changes, such as who is in a room, a page requests and shows as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from http import HTTPStatus
from time import perf_counter
from typing import Final
from urllib.parse import unquote

import msgspec
from msgspec import Raw

from roomcast.core.protocol.meet_request import read_options
from roomcast.core.server import prices
from roomcast.core.server.directory import Directory
from roomcast.errors import Refused
from roomcast.server import invitation
from roomcast.server.files import File
from roomcast.server.kind_pages import KindPages
from roomcast.server.room_list import RoomList
from roomcast.transports.bad_network import NOT_BAD, BadNetwork
from roomcast.transports.http_message import Request, Response, text_response

_JSON: Final = "application/json"
_LOBBY: Final = "lobby.html"
_LOBBY_TOO: Final = "/lobby"  # where the user's own page is at "/"
_WITH_ROOM: Final = frozenset({"dots", "board", "watch"})  # pages at /dots, and with a room's name at /dots/ROOM

# Content Security Policy: whatever no directive allows is forbidden. Trusted types keep even our own scripts from
# making HTML out of text.
_POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' blob:",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOT_HERE: Final = "There is no such page here. The front page is at /."


class Pages:
    """Makes the responses to plain GETs; `roomcast.server.routes` says which is at which path.

    `files` are those of the site, by their paths. `own` finds the address that others can type: `host:port`.
    `network`: what all connections go through. `kinds`: rooms with pages of their own. `clock` measures how long
    something takes.
    """

    def __init__(
        self,
        directory: Directory,
        files: Mapping[str, File],
        own: Callable[[], str],
        network: BadNetwork = NOT_BAD,
        clock: Callable[[], float] = perf_counter,
        kinds: KindPages | None = None,
    ) -> None:
        self._directory = directory
        self._network = network
        self._own = own
        self._files = files
        self._kinds = kinds
        self._rooms = RoomList(directory, clock, kinds)
        self._codes = invitation.QrCodes()

    def health(self, request: Request, rest: str) -> Response:
        """Counts for monitoring: JSON. While rooms cannot be kept, 503: `status` says why, `message` what to do."""
        trouble = self._directory.store.trouble
        health: dict[str, object] = {
            "status": "ok" if trouble is None else trouble.code,
            "rooms": len(self._directory.rooms),
            "connections": len(self._directory.peers),
            "commands": self._directory.commands,
        }
        if self._network:
            health["bad_network"] = str(self._network)  # on purpose
        if trouble is None:
            return _json(health)
        return _json(health | {"message": trouble.message}, HTTPStatus.SERVICE_UNAVAILABLE)

    def rooms(self, request: Request, rest: str) -> Response:
        """The rooms, who is in them, and the address of this server for other computers: JSON.

        `/rooms.json?kind=duel&options={"mode":"fun"}`: those of a kind, with these options.
        """
        address, kind = invitation.address(request, self._own), request.parameter("kind", "")
        if not kind:
            return _response(HTTPStatus.OK, self._rooms.json(address), _JSON)
        try:
            options = read_options(Raw(request.parameter("options", "{}").encode("utf-8", "replace")))
        except Refused as error:
            return _text(HTTPStatus.BAD_REQUEST, error.message, topic="request")
        rooms, looked_at = self._rooms.matching(address, kind, options)
        return replace(_response(HTTPStatus.OK, rooms, _JSON), cost=looked_at * prices.LOOKED_AT)

    def code(self, request: Request, typed: str) -> Response:
        """The name of the room for which a code stands: JSON."""
        room = self._directory.room_of_code(unquote(typed))
        if room is None:
            wrong = _text(HTTPStatus.NOT_FOUND, "No room has that code here.", topic="wrong-code")
            return replace(wrong, cost=prices.WRONG_CODE)
        return _json(room)

    def qr(self, request: Request, rest: str) -> Response:
        """A QR code with the address of a page: `/qr.svg?path=/dots/ROOM`."""
        path = request.parameter("path", "/")
        if not invitation.fits(path):
            why = "path must begin with / and be short: /qr.svg?path=/dots"
            return _text(HTTPStatus.BAD_REQUEST, why, topic="request")
        page = path.partition("?")[0]
        if _file_of(page) not in self._files and not (self._kinds is not None and self._kinds.has(page)):
            why = "There is no page at that path, so nobody needs its address."
            return _text(HTTPStatus.NOT_FOUND, why, topic="no-page")
        code, made = self._codes.of(invitation.address(request, self._own) + path)
        response = _response(HTTPStatus.OK, code, "image/svg+xml", **{"Cache-Control": "private, max-age=3600"})
        return replace(response, cost=prices.QR_CODE) if made else response

    def library(self, request: Request, path: str) -> Response:
        """A module of roomcast.js, or a part of our pages: what the user's own folder never hides."""
        return self.file(request, request.path)

    def file(self, request: Request, path: str) -> Response:
        """A file of the site; 304 where the browser has the same (RFC 9110, section 13.1.2)."""
        file = self._files.get(_file_of(path))
        if file is None:
            return _text(HTTPStatus.NOT_FOUND, _NOT_HERE, topic="no-page")
        known = request.headers.get("If-None-Match", "")
        always = {"ETag": file.tag, "Cache-Control": "no-cache"}  # a browser may keep it, but asks every time
        if file.tag in known or known == "*":
            return _response(HTTPStatus.NOT_MODIFIED, b"", "", **always)
        return _response(HTTPStatus.OK, file.body, file.kind, **always)


def _file_of(path: str) -> str:
    """The file for a path; the addresses of pages have no .html."""
    if path in ("/", _LOBBY_TOO):
        return _LOBBY
    page, _, room = path[1:].partition("/")
    if page in _WITH_ROOM and "/" not in room:
        return f"{page}.html"
    return "" if path.endswith(".html") else path[1:]


# ---------------------------------------------------------------------- responses


def _json(contents: object, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return _response(status, msgspec.json.encode(contents) + b"\n", _JSON)


def _text(status: HTTPStatus, sentence: str, *, topic: str) -> Response:
    return text_response(status, sentence, _HEADERS, topic=topic)


def _response(status: HTTPStatus, body: bytes, kind: str, **more: str) -> Response:
    content_type = {"Content-Type": kind} if kind else {}
    return Response(status, {"Cache-Control": "no-store", **content_type, **_HEADERS, **more}, body)
