"""What a plain GET gets: pages and their files, the rooms for the lobby, a QR code, `/healthz`.

The server sends pages as they lie in `web`; what is in the rooms, a page asks for, and shows as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final, cast
from urllib.parse import parse_qs, unquote

import msgspec
from picows import WSUpgradeRequest, WSUpgradeResponse

from roomcast.core.room.room import Room
from roomcast.core.server.directory import Directory
from roomcast.server import invitation
from roomcast.server.files import File, read_files

_LOBBY: Final = "lobby.html"
_CODE: Final = "/code/"  # and after it, a room's code: which room is that?
_WITH_ROOM: Final = frozenset({"dots", "board", "watch"})  # pages at /dots, and with a room's name at /dots/ROOM

# Each directive says what a page may load or do; what is not said is forbidden. Trusted types keep even our own
# scripts from making HTML out of text.
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
    "Connection": "close",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_NOT_HERE: Final = b"There is no such page here. The front page is at /.\n"


class Pages:
    """Answers plain GETs. `own` finds the address that others can type: `host:port`."""

    def __init__(self, directory: Directory, own: Callable[[], str]) -> None:
        self._directory = directory
        self._own = own
        self._files = read_files()
        self._made: Mapping[str, Callable[[WSUpgradeRequest, str], WSUpgradeResponse]] = {
            "/healthz": self._health,
            "/rooms.json": self._rooms,
            "/qr.svg": self._qr,
        }

    def answer(self, request: WSUpgradeRequest) -> WSUpgradeResponse:
        """Answer a plain GET."""
        path, _, query = request.path.decode("ascii", "replace").partition("?")
        if path in self._made:
            return self._made[path](request, query)
        if path.startswith(_CODE):
            return self._code(unquote(path.removeprefix(_CODE)))
        file = self._files.get(_file_of(path))
        if file is None:
            return _response(HTTPStatus.NOT_FOUND, _NOT_HERE, "text/plain; charset=utf-8")
        return _file_response(file, request.headers.get("If-None-Match", ""))

    def _health(self, request: WSUpgradeRequest, query: str) -> WSUpgradeResponse:
        counts = {
            "status": "ok",
            "rooms": len(self._directory.rooms),
            "connections": len(self._directory.peers),
            "commands": self._directory.commands,
        }
        return _json(counts)

    def _rooms(self, request: WSUpgradeRequest, query: str) -> WSUpgradeResponse:
        """Who is in which room, and by which address others find the way here."""
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

    def _code(self, typed: str) -> WSUpgradeResponse:
        """The name of the room for which a code stands."""
        room = self._directory.room_of_code(typed)
        if room is None:
            return _response(HTTPStatus.NOT_FOUND, b"No room has that code here.\n", "text/plain; charset=utf-8")
        return _json(room)

    def _qr(self, request: WSUpgradeRequest, query: str) -> WSUpgradeResponse:
        """The address of a page of ours, for a phone's camera: `/qr.svg?path=/dots/ROOM`."""
        path = parse_qs(query).get("path", ["/"])[0]
        code = invitation.qr(invitation.address(request.headers, self._own), path)
        if code is None:
            return _response(
                HTTPStatus.BAD_REQUEST,
                b"path must begin with / and be short: /qr.svg?path=/dots\n",
                "text/plain; charset=utf-8",
            )
        return _response(HTTPStatus.OK, code, "image/svg+xml")


def _file_of(path: str) -> str:
    """Which file a path stands for; pages have no .html in their addresses."""
    if path == "/":
        return _LOBBY
    page, _, room = path[1:].partition("/")
    if page in _WITH_ROOM and "/" not in room:
        return f"{page}.html"
    return "" if path.endswith(".html") else path[1:]


# ---------------------------------------------------------------------- answers


def _file_response(file: File, known: str) -> WSUpgradeResponse:
    """The file, or word that the browser has it already (RFC 9110, section 13.1.2)."""
    always = {"ETag": file.tag, "Cache-Control": "no-cache"}  # it may be kept, but is asked for every time
    if file.tag in known or known == "*":
        return _response(HTTPStatus.NOT_MODIFIED, None, **always)
    return _response(HTTPStatus.OK, file.body, file.kind, **always)


def _json(contents: object) -> WSUpgradeResponse:
    return _response(HTTPStatus.OK, msgspec.json.encode(contents) + b"\n", "application/json")


def _response(status: HTTPStatus, body: bytes | None, kind: str = "", **more: str) -> WSUpgradeResponse:
    """picows makes 200, errors and redirects; 304 is none of them."""
    response = cast(WSUpgradeResponse, WSUpgradeResponse.create_ok_response(body, {"Cache-Control": "no-store"}))
    response.status = status
    del response.headers["Content-Type"]
    if kind:
        response.headers["Content-Type"] = kind
    response.headers.update(_HEADERS | more)
    return response
