"""What a plain GET gets: a page that says what this is, and `/healthz` for those who watch over servers."""

from __future__ import annotations

import html
from typing import Final, cast

import msgspec
from picows import WSUpgradeRequest, WSUpgradeResponse

from roomcast.core.hub import Hub

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A Roomcast server</title>
<link rel="stylesheet" href="/style.css">
<main>
<h1>This is a Roomcast server</h1>
<p>Programs meet here in rooms: what one does, all do, in one order.</p>
<h2>Join with Python</h2>
<pre>pip install roomcast</pre>
<pre>import roomcast
room = roomcast.join("{host}/{room}", name="your name")</pre>
<h2>Rooms</h2>
{rooms}
</main>
</html>
"""

_STYLE: Final = b"""
:root { color-scheme: light dark; }
body { font: 1.1rem/1.6 system-ui, sans-serif; margin: 0; }
main { max-width: 40rem; margin: 0 auto; padding: 2rem 1rem; }
h1 { font-size: 1.8rem; line-height: 1.2; }
h2 { font-size: 1.2rem; margin-top: 2rem; }
pre { padding: .8rem 1rem; border: 1px solid; border-radius: .5rem; overflow-x: auto; }
table { border-collapse: collapse; }
th, td { text-align: left; padding: .3rem 1.5rem .3rem 0; border-bottom: 1px solid; }
"""

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def page(hub: Hub, request: WSUpgradeRequest) -> WSUpgradeResponse:
    """Answer a plain GET."""
    path = request.path.decode("ascii", "replace").partition("?")[0]
    if path == "/":
        return _ok(_lobby(hub, request.headers.get("Host", "127.0.0.1:8112")), "text/html; charset=utf-8")
    if path == "/style.css":
        return _ok(_STYLE, "text/css; charset=utf-8")
    if path == "/healthz":
        return _ok(_health(hub), "application/json")
    body = b"There is no such page here. The front page is at /.\n"
    return cast(WSUpgradeResponse, WSUpgradeResponse.create_error_response(404, body, _HEADERS))


def _ok(body: bytes, kind: str) -> WSUpgradeResponse:
    response = WSUpgradeResponse.create_ok_response(body, {"Content-Type": kind, **_HEADERS})
    return cast(WSUpgradeResponse, response)


def _health(hub: Hub) -> bytes:
    counts = {
        "status": "ok",
        "rooms": len(hub.rooms),
        "connections": len(hub.peers),
        "commands": hub.commands,
    }
    return msgspec.json.encode(counts) + b"\n"


def _lobby(hub: Hub, host: str) -> bytes:
    rows = "".join(
        f"<tr><td>{html.escape(room.name)}<td>{len(room.state.players)}"
        for room in sorted(hub.rooms.values(), key=lambda room: room.name)
        if room.state.players
    )
    rooms = f"<table><tr><th>Room<th>Players{rows}</table>" if rows else "<p>Nobody is here yet.</p>"
    return _PAGE.format(host=html.escape(host), room="dots", rooms=rooms).encode()
