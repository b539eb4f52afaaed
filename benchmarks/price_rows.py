"""Everything that a stranger can make a server do: a row each, with what counts it.

`make prices` does each many times and measures. A test does each once, and looks whether what the row names counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from price_connections import (
    accept,
    admin,
    ends_with,
    half_handshake,
    history,
    resume,
    says_hello,
    starter,
    watch,
    websocket,
    wrong_credential,
    wrong_password,
    wrong_token,
)
from price_drives import Drive
from price_fillings import EMPTY_LISTS, LARGE, fill_log, fill_state, fill_value
from price_messages import (
    asks,
    command,
    control,
    fragments,
    many_keys,
    message,
    nested,
    patch_of,
    says,
    sends,
    ticks,
)
from price_requests import gets
from price_rules import among_others, comes_and_goes, commands, private_room
from raw_websocket import BINARY, CLOSE, LEAVE, PING, PONG, frame


@dataclass(frozen=True)
class Row:
    """One thing that a stranger can do. `name` stands in the table."""

    name: str
    drive: Drive
    covers: tuple[str, ...]  # the messages, routes and frames that it is about, as the protocol spells them
    prices: tuple[str, ...]  # of `roomcast.core.server.prices`: what the address is charged
    limits: tuple[str, ...]  # of `Limits`: what bounds it
    share: str  # what one address can have of it
    times: int = 300  # how often, to measure it
    held: str = "nothing"  # what is kept of it, and until when


SEATS, ROOMS, TIME = "room_players", "rooms", "address_time"
_CONNECTIONS: Final = ("connections", "connections_address")
_EACH: Final = "`address-time`"

ROWS: Final = (
    Row("a connection, closed at once", accept, ("accept",), ("ACCEPT",), (*_CONNECTIONS, TIME), _EACH),
    Row("half a handshake", half_handshake, ("handshake",), ("ACCEPT",), ("connections_address", "hello_within", TIME),
        "200 at a time, beside its connections", held="the socket, for 10 s"),
    Row("a WebSocket that says nothing", websocket, ("upgrade",), ("ACCEPT",), (*_CONNECTIONS, "hello_within", TIME),
        "200 at a time", held="the connection, for 10 s"),
    Row("a starter client comes and goes", starter, ("starter",), ("ACCEPT", "HELLO"), (*_CONNECTIONS, SEATS, TIME),
        "200 at a time", times=200),
    Row("`hello` in a new room, and leaving", says_hello(lambda number: f"new-{number}", 0, clean=True), ("hello",),
        ("ACCEPT", "HELLO"), (ROOMS, SEATS, "empty_room", TIME), _EACH, held="the room, for 120 s"),
    Row("`hello` in a room of 50, and leaving", says_hello(lambda number: "full", 50, clean=True), ("hello",),
        ("ACCEPT", "HELLO", "WRITE"), (SEATS, TIME), _EACH, times=200),
    Row("`hello`, and the connection is cut", says_hello(lambda number: f"cut-{number % 20}", 0, clean=False),
        ("hello",), ("ACCEPT", "HELLO"), (SEATS, "seat_kept", "resume_window", TIME), _EACH,
        held="the seat, for 30 s; the session, for 120 s"),
    Row("`hello` that resumes", resume, ("hello",), ("ACCEPT", "HELLO"), ("resume_window", TIME), _EACH),
    Row("`hello` with a room's wrong password", wrong_password, ("hello",),
        ("ACCEPT", "HELLO", "PASSWORD", "WRONG_PASSWORD"), (TIME,), _EACH, times=20),
    Row("`hello` with a credential that is wrong", wrong_credential, ("hello",),
        ("ACCEPT", "HELLO", "AUTH", "WRONG_CREDENTIAL"), ("auth_at_once", "auth_time", "credential_size", TIME), _EACH,
        times=20),
    Row("`hello` that makes a private room, and leaving", private_room, ("hello",), ("ACCEPT", "HELLO"),
        (ROOMS, SEATS, "empty_room", TIME), _EACH, held="the room, for 120 s"),
    Row("`hello` that finds none among 100 rooms with other options, and leaving", among_others, ("hello",),
        ("ACCEPT", "HELLO", "LOOKED_AT"), (ROOMS, SEATS, "empty_room", TIME), _EACH, times=100,
        held="the room that is made, for 120 s"),
    Row("`hello` where 32 have a view each, and leaving", comes_and_goes("viewed", 32), ("hello",),
        ("ACCEPT", "HELLO", "WRITE", "VIEW"), (SEATS, "player_state", TIME), _EACH, times=50),
    Row("`watch` of a room whose log is full", watch, ("watch",), ("ACCEPT", "HELLO", "WRITE"),
        ("room_observers", TIME), _EACH, times=60),
    Row("`history`: a page of a log of 5 MB", history, ("history",), ("MESSAGE", "BYTE_OUT"),
        ("kept_bytes", "rate", TIME), _EACH, times=400),
    Row("`watch` with a wrong token", wrong_token, ("watch",), ("ACCEPT", "HELLO", "WRONG_TOKEN"), (TIME,), _EACH,
        times=20),
    Row("`kick` and `close`, with the token", admin, ("kick", "close"), ("ACCEPT", "HELLO", "MESSAGE"), (TIME,), _EACH,
        times=20),
    Row("`do`, to 1 other", sends(command(), 1), ("do",), ("COMMAND",), ("rate", "burst", "kept_bytes", TIME), _EACH,
        times=5000, held="the entry, among the newest 10,000"),
    Row("`do`, to 63 others", sends(command(), 62), ("do",), ("COMMAND", "WRITE"),
        ("rate", "burst", "kept_bytes", TIME), _EACH, times=5000, held="the entry"),
    Row("`do`, private to 60 of 63", sends(command(to=60), 62), ("do",), ("COMMAND", "WRITE"),
        ("rate", "burst", "kept_bytes", TIME), _EACH, times=3000, held="the entry"),
    Row("`do` with 60 KB", sends(command(LARGE), 1), ("do",), ("COMMAND", "BYTE_IN", "BYTE_COPIED"),
        ("message_size", "rate", "kept_bytes", "kept_total", TIME), _EACH, times=200, held="the entry"),
    Row("`do`, of which rules make a field", commands("move"), ("do",), ("COMMAND", "RULED",),
        ("rate", "player_state", "kept_bytes", TIME), _EACH, times=2000, held="the entry, and the field"),
    Row("`do`, by which rules change a list of 39 KB", commands("turn"), ("do",),
        ("COMMAND", "RULED", "BYTE_RULED", "BYTE_OUT", "BYTE_COPIED"), ("rate", "player_state", "kept_bytes", TIME),
        _EACH, times=50, held="the entry"),
    Row("`do`, by which rules read a list of 39 KB", commands("look"), ("do",), ("COMMAND", "RULED", "BYTE_RULED"),
        ("rate", "room_state", "kept_bytes", TIME), _EACH, times=500, held="the entry"),
    Row("`do`, by which rules say 40 KB to 63 others", commands("say", others=62), ("do",),
        ("COMMAND", "RULED", "WRITE", "BYTE_OUT", "BYTE_COPIED"), ("rate", "message_size", "kept_bytes", TIME), _EACH,
        times=100, held="the entry"),
    Row("`do`, where 8 have a view each", commands("move", "viewed", 7), ("do",),
        ("COMMAND", "RULED", "WRITE", "VIEW"), ("rate", SEATS, "player_state", TIME), _EACH, times=500,
        held="the entry"),
    Row("`do`, where 32 have a view each", commands("move", "viewed", 31), ("do",),
        ("COMMAND", "RULED", "WRITE", "VIEW"), ("rate", SEATS, "player_state", TIME), _EACH, times=100,
        held="the entry"),
    Row("`set` of a key", sends(patch_of(lambda number: f'{{"a":{number}}}'), 1), ("set",), ("COMMAND",),
        ("rate", "room_state", "player_state", "state_total", TIME), _EACH, times=3000, held="the key, with its room"),
    Row("`set` of a key among 24,000", sends(patch_of(lambda number: f'{{"a":{number}}}'), 1, fill_state), ("set",),
        ("COMMAND",), ("rate", "room_state", "player_state", "state_total", TIME), _EACH, times=500, held="the key"),
    Row("`set` of 9,900 empty lists", sends(patch_of(lambda number: f'{{"k{number % 8}":{EMPTY_LISTS}}}'), 1), ("set",),
        ("COMMAND", "BYTE_SET"), ("json_values", "room_state", "state_total", TIME), _EACH, times=100,
        held="the text that was set"),
    Row("`set` of 4,000 keys", sends(patch_of(many_keys), 1), ("set",), ("COMMAND", "BYTE_SET"),
        ("json_values", "room_state", "state_total", TIME), _EACH, times=100, held="the text that was set"),
    Row("`set` of 200 objects, each in the next", sends(patch_of(nested), 1), ("set",),
        ("COMMAND", "BYTE_SET", "WRITE"), ("json_depth", "room_state", TIME), _EACH, times=200,
        held="the text that was set"),
    Row("`set` that adds to a number", sends(patch_of(lambda number: '{"a":1}', ',"op":"add"'), 1), ("set",),
        ("COMMAND",), ("rate", "room_state", "player_state", "state_total", TIME), _EACH, times=3000,
        held="the key, with its room"),
    Row("`set` that adds to 4,000 numbers", sends(patch_of(many_keys, ',"op":"add"'), 1), ("set",),
        ("COMMAND", "BYTE_SET"), ("json_values", "room_state", "state_total", TIME), _EACH, times=100,
        held="the text of the sums"),
    Row("`set` that claims what somebody has", sends(patch_of(lambda number: '{"a":1}', ',"op":"claim"'), 1), ("set",),
        ("COMMAND",), ("rate", TIME), _EACH, times=3000),
    Row("`set` that compares a value of 60 KB",
        sends(patch_of(lambda number: "{}", ',"op":"swap","was":{"large":{}}'), 1, fill_value), ("set",),
        ("COMMAND", "BYTE_SET"), ("message_size", "room_state", TIME), _EACH, times=200),
    Row("`ask` where there are no rules", sends(asks, 1), ("ask",), ("MESSAGE",), ("rate", TIME), _EACH),
    Row("`check`", sends(message(t="check", s=1, d="00"), 1), ("check",), ("MESSAGE",), ("rate", TIME), _EACH,
        times=3000),
    Row("`done` that nobody asked for", sends(message(t="done", s=1, ran=0.5), 1), ("done",), ("MESSAGE",),
        ("rate", TIME), _EACH, times=3000),
    Row("`ping`", sends(message(t="ping"), 1), ("ping",), ("MESSAGE",), ("rate", TIME), _EACH, times=3000),
    Row("`wake`", sends(message(t="wake", at=1), 1), ("wake",), ("MESSAGE",), ("rate", TIME), _EACH, times=3000,
        held="the newest one, while it is connected"),
    Row("`wake`: a tick, to 63 others", ticks, ("wake",), ("WRITE",), ("room_players", TIME), _EACH, times=180),
    Row("`begin`, where the log has 5 MB", sends(message(t="begin"), 1, fill_log), ("begin",),
        ("MESSAGE", "BYTE_OUT"), ("kept_bytes", "rate", TIME), _EACH, times=20),
    Row("`world` that nobody asked for", sends(message(t="world", s=1, d="00", x="x" * 1000), 1), ("world",),
        ("MESSAGE",), ("rate", TIME), _EACH, times=2000),
    Row("a message of an unknown type", sends(message(t="dance"), 1), ("unknown-type",), ("MESSAGE",), ("rate", TIME),
        _EACH, times=1000),
    Row("bytes that are no message", ends_with(frame(b"{")), ("bad-message",), ("ACCEPT", "HELLO"), (TIME,), _EACH,
        times=200),
    Row("a line of a starter client", says(b"move 5 0\n"), ("line",), ("COMMAND",),
        ("rate", "burst", "message_size", TIME), _EACH, times=2000, held="the entry"),
    Row("a line that is no command", says(b"\xff 5 0\n"), ("passed over",), ("MESSAGE",),
        ("rate", "burst", "message_size", TIME), _EACH, times=2000),
    Row("a WebSocket ping", sends(control(PING), 1), ("ping frame",), ("FRAME",), (TIME,), _EACH, times=3000),
    Row("a WebSocket pong", sends(control(PONG), 1), ("pong frame",), ("FRAME",), (TIME,), _EACH, times=3000),
    Row("an empty fragment", fragments, ("fragment",), ("FRAME",), ("message_size", TIME), _EACH, times=3000),
    Row("a binary frame", ends_with(frame(b"x", BINARY)), ("binary frame",), ("ACCEPT", "HELLO"), (TIME,), _EACH,
        times=100),
    Row("a close frame", ends_with(frame(LEAVE, CLOSE)), ("close frame",), ("ACCEPT", "HELLO"), (TIME,), _EACH,
        times=100),
    Row("GET /healthz", gets(lambda number: "/healthz"), ("/healthz",), ("ACCEPT", "PAGE"), (TIME,), _EACH),
    Row("GET /rooms.json, with 200 rooms", gets(lambda number: "/rooms.json", 200), ("/rooms.json",),
        ("ACCEPT", "PAGE", "BYTE_OUT"), (TIME,), _EACH, times=100),
    Row("GET /rooms.json of a kind, among 200 rooms", gets(lambda number: "/rooms.json?kind=other", 200),
        ("/rooms.json",), ("ACCEPT", "PAGE", "LOOKED_AT"), (TIME,), _EACH, times=100),
    Row("GET /qr.svg of a path that is new", gets(lambda number: f"/qr.svg?path=/dots/{number:0>60}"), ("/qr.svg",),
        ("ACCEPT", "PAGE", "QR_CODE"), (TIME,), _EACH, times=20),
    Row("GET /code/… that is wrong", gets(lambda number: "/code/CCCC"), ("/code/*",),
        ("ACCEPT", "PAGE", "WRONG_CODE"), (TIME,), _EACH, times=20),
    Row("GET /roomcast.js", gets(lambda number: "/roomcast.js"), ("/roomcast.js",), ("ACCEPT", "PAGE", "BYTE_OUT"),
        (TIME,), _EACH),
    Row("GET of a file of the library", gets(lambda number: "/js/room.js"), ("/js/*",), ("ACCEPT", "PAGE"), (TIME,),
        _EACH),
    Row("GET of a part of a page", gets(lambda number: "/roomcast/style.css"), ("/roomcast/*",), ("ACCEPT", "PAGE"),
        (TIME,), _EACH),
    Row("GET of a page of the docs", gets(lambda number: "/learn/guide.html"), ("/learn", "/learn/*"),
        ("ACCEPT", "PAGE", "FILE", "BYTE_OUT"), (TIME,), _EACH),
    Row("GET of a page", gets(lambda number: "/"), ("*",), ("ACCEPT", "PAGE", "BYTE_OUT"), (TIME,), _EACH),
)  # fmt: skip
