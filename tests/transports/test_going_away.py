"""A browser closes with 1001 when its page goes: for a page that keeps nothing, that is leaving."""

import json

import pytest
from websockets.sync.client import connect

from roomcast import Room
from tests.integration.conftest import RunningServer, enter, red, server, start_server  # noqa: F401  # fixtures
from tests.integration.rooms import notes, pump_until


@pytest.mark.parametrize(
    ("leaves", "code", "event"),
    [(True, 1001, "leave"), (True, 1000, "leave"), (False, 1001, "away"), (False, 1000, "leave"), (True, 4000, "away")],
)
def test_going_away_is_leaving_where_hello_says_so(
    server: RunningServer,  # noqa: F811
    red: Room,  # noqa: F811
    leaves: bool,
    code: int,
    event: str,
) -> None:
    seen = notes(red, "leave", "away")
    with connect(f"ws://{server.address()}", subprotocols=["roomcast.1"]) as page:  # type: ignore[list-item]
        page.send(json.dumps({"t": "hello", "room": "dots", "name": "page", **({"leaves": True} if leaves else {})}))
        page.recv()
        page.close(code)
    pump_until(lambda: seen == [(event, "page")], red)
