"""Programs on roomcast.js and in Python find one another in rooms whose names nobody has chosen."""

from __future__ import annotations

import json
from collections.abc import Callable

import roomcast
from tests.integration.conftest import RunningServer, start_server  # noqa: F401  # a fixture
from tests.integration.test_finding_rooms import KINDS
from tests.js.node import HERE, needs_node
from tests.programs import Program

pytestmark = needs_node

MARGIN = 60  # seconds; another program may have the machine at the moment


def test_strangers_and_friends_meet_across_languages(
    start_server: Callable[..., RunningServer],  # noqa: F811  # the fixture
) -> None:
    server = start_server(kinds=KINDS)
    with roomcast.join_or_create(server.address("duel"), "blue", mode="fun") as blue:
        with Program(HERE / "meet.mjs", f"127.0.0.1:{server.port}", typed=True, by=("node",)) as node:
            found = json.loads("{" + node.line("{", MARGIN))
            assert len({found["red"], found["mine"], blue.name}) == 3
            assert found["friend"] == found["mine"]
            assert found["guest"] == found["red"]
            assert found["refused"] == "bad-argument"
            assert found["party"][0] == found["party"][1] not in (found["red"], found["mine"], blue.name)
            listed = found["listed"]
            assert found["others"] == 0
            assert (listed["name"], listed["kind"]) == (found["red"], "duel")
            assert (listed["seats"], listed["locked"]) == (1, False)
            assert (listed["options"], listed["listing"]) == ({"mode": "ranked"}, {"map": "forest"})
            node.type("leave")
        with roomcast.join_or_create(server.address("duel"), "green", mode="fun") as green:
            assert green.name == blue.name
