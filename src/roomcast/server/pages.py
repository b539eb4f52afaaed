"""The responses to plain GETs: files of the site, the rooms as JSON for the lobby, a QR code, counts.

Pages are sent as they are on disk. What changes, such as who is in a room, a page requests and shows as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.server import invitation
from roomcast.server.files import File
from roomcast.transports.http_message import TEXT, Request, Response

_LOBBY: Final = "lobby.html"
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
_NOT_HERE: Final = b"There is no such page here. The front page is at /.\n"


class Pages:
    """Makes the responses to plain GETs; `roomcast.server.routes` says which is at which path.

    `files` are those of the site, by their paths. `own` finds the address that others can type: `host:port`.
    """

    def __init__(self, directory: Directory, files: Mapping[str, File], own: Callable[[], str]) -> None:
        self._directory = directory
        self._own = own
        self._files = files

    def health(self, request: Request, rest: str) -> Response:
        """Counts for monitoring: JSON."""
        counts = {
            "status": "ok",
            "rooms": len(self._directory.rooms),
            "connections": len(self._directory.peers),
            "commands": self._directory.commands,
        }
        return _json(counts)

    def rooms(self, request: Request, rest: str) -> Response:
        """The rooms, who is in them, and the address of this server for other computers: JSON."""
        rooms = sorted(self._directory.rooms.values(), key=lambda room: room.name)
        return _json(
            {
                "address": invitation.address(request.headers, self._own),
                "rooms": [self._room(room) for room in rooms if room.state.players],
            }
        )

    def _room(self, room: Room) -> dict[str, Any]:
        players = [{"name": player.name, "here": player.here} for player in room.state.players.values()]
        return {"name": room.name, "code": self._directory.code(room.name), "players": players}

    def code(self, request: Request, typed: str) -> Response:
        """The name of the room for which a code stands: JSON."""
        room = self._directory.room_of_code(unquote(typed))
        if room is None:
            return _text(HTTPStatus.NOT_FOUND, b"No room has that code here.\n")
        return _json(room)

    def qr(self, request: Request, rest: str) -> Response:
        """A QR code with the address of a page: `/qr.svg?path=/dots/ROOM`."""
        code = invitation.qr(invitation.address(request.headers, self._own), request.parameter("path", "/"))
        if code is None:
            return _text(HTTPStatus.BAD_REQUEST, b"path must begin with / and be short: /qr.svg?path=/dots\n")
        return _response(HTTPStatus.OK, code, "image/svg+xml")

    def file(self, request: Request, path: str) -> Response:
        """A file of the site; 304 where the browser has the same (RFC 9110, section 13.1.2)."""
        file = self._files.get(_file_of(path))
        if file is None:
            return _text(HTTPStatus.NOT_FOUND, _NOT_HERE)
        known = request.headers.get("If-None-Match", "")
        always = {"ETag": file.tag, "Cache-Control": "no-cache"}  # a browser may keep it, but asks every time
        if file.tag in known or known == "*":
            return _response(HTTPStatus.NOT_MODIFIED, b"", "", **always)
        return _response(HTTPStatus.OK, file.body, file.kind, **always)


def _file_of(path: str) -> str:
    """The file for a path; the addresses of pages have no .html."""
    if path == "/":
        return _LOBBY
    page, _, room = path[1:].partition("/")
    if page in _WITH_ROOM and "/" not in room:
        return f"{page}.html"
    return "" if path.endswith(".html") else path[1:]


# ---------------------------------------------------------------------- responses


def _json(contents: object) -> Response:
    return _response(HTTPStatus.OK, msgspec.json.encode(contents) + b"\n", "application/json")


def _text(status: HTTPStatus, body: bytes) -> Response:
    return _response(status, body, TEXT)


def _response(status: HTTPStatus, body: bytes, kind: str, **more: str) -> Response:
    content_type = {"Content-Type": kind} if kind else {}
    return Response(status, {"Cache-Control": "no-store", **content_type, **_HEADERS, **more}, body)
