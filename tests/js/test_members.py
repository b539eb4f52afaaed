"""Programs on roomcast.js say who they are, to rooms whose rules ask."""

from __future__ import annotations

import json

from tests.integration.ruled_server import ruled_server
from tests.js.node import HERE, needs_node
from tests.programs import Program
from tests.rules.clubs import ADA, Club

pytestmark = needs_node

MARGIN = 60  # seconds; another program may have the machine at the moment


def test_a_page_says_who_it_is() -> None:
    with (
        ruled_server({"club": Club}) as server,
        Program(HERE / "members.mjs", f"127.0.0.1:{server.port}", ADA, by=("node",)) as node,
    ):
        found = json.loads("{" + node.line("{", MARGIN))
    messages = found.pop("messages")
    assert found == {
        "name": "Ada",
        "rank": 3,
        "nothing": "auth-refused",
        "wrong": "auth-refused",
        "any": "Ada",
        "made": "Ada",
        "watcher": "auth-refused",
        "number": "setting",
    }
    assert "nobody has this password (help: roomcast help credential)" in " ".join(messages)
    assert ADA not in " ".join(messages)
    assert "4711" not in " ".join(messages)
