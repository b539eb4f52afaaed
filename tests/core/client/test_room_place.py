"""A client that looks for a room comes back to the one that it came into; a server that does not know how is left."""

from __future__ import annotations

import msgspec

from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol import codec
from roomcast.core.protocol.client_limits import client_limits
from roomcast.core.protocol.limits import DEFAULTS
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import Hello, Snapshot, Welcome


def looking() -> ClientCore:
    core = ClientCore("duel", "Ada", chance=lambda: 1.0)
    core.meet = Meet("any", msgspec.Raw(b'{"mode":"fun"}'))
    return core


def said(core: ClientCore) -> Hello:
    core.connected()
    hello = codec.decode_client(core.next_frame(0.0))
    assert isinstance(hello, Hello)
    return hello


def welcomed(core: ClientCore, room: str) -> None:
    welcome = Welcome("Ada", "secret", 1, 0, client_limits(DEFAULTS), Snapshot(), room=room, code="KXRH")
    core.receive(codec.encode(welcome), 0.0)


def test_it_asks_for_a_kind_first_and_then_for_its_room() -> None:
    core = looking()
    first = said(core)
    assert (first.room, first.meet) == ("duel", core.meet)
    welcomed(core, "duel-cdfghjkm")
    assert core.room == "duel-cdfghjkm"
    core.disconnected("cut", 0.0)
    again = said(core)
    assert again.room == "duel-cdfghjkm"
    assert again.meet == Meet("", msgspec.Raw(b'{"mode":"fun"}')), "where the room is lost, it is made again"


def test_it_asks_again_for_a_kind_where_no_welcome_came() -> None:
    core = looking()
    said(core)
    core.disconnected("cut", 0.0)
    again = said(core)
    assert (again.room, again.meet) == ("duel", core.meet)


def test_a_server_that_does_not_know_how_is_left() -> None:
    core = looking()
    said(core)
    welcomed(core, "")
    assert core.stage is Stage.OVER
    assert core.over is not None
    assert core.over.code == "version"
    assert "too old to find a room" in core.over.message


def test_who_comes_back_claims_nothing_for_its_party() -> None:
    core = looking()
    core.meet = Meet("any", party=3)
    said(core)
    welcome = Welcome("Ada", "secret", 1, 0, client_limits(DEFAULTS), Snapshot(), room="duel-cdfghjkm", ticket="hT5wLq")
    core.receive(codec.encode(welcome), 0.0)
    assert core.ticket == "hT5wLq"
    core.disconnected("cut", 0.0)
    assert said(core).meet == Meet()


def test_a_server_that_reserves_nothing_is_left() -> None:
    core = looking()
    core.meet = Meet("any", party=3)
    said(core)
    welcomed(core, "duel-cdfghjkm")
    assert core.stage is Stage.OVER
