"""Which requests may open a WebSocket here."""

from http import HTTPStatus

import pytest

from roomcast.transports import handshake
from roomcast.transports.http_message import Request

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, None),
        ({"Connection": "keep-alive, Upgrade"}, None),  # as Firefox says it
        ({"Connection": "keep-alive"}, HTTPStatus.BAD_REQUEST),
        ({"Connection": None}, HTTPStatus.BAD_REQUEST),
        ({"Sec-WebSocket-Key": None}, HTTPStatus.BAD_REQUEST),
        ({"Sec-WebSocket-Key": ""}, HTTPStatus.BAD_REQUEST),
        ({"Sec-WebSocket-Key": "abc"}, HTTPStatus.BAD_REQUEST),
        ({"Sec-WebSocket-Key": KEY[:-4]}, HTTPStatus.BAD_REQUEST),
        ({"Sec-WebSocket-Key": f"{KEY}, {KEY}"}, HTTPStatus.BAD_REQUEST),  # twice
        ({"Sec-WebSocket-Version": None}, HTTPStatus.UPGRADE_REQUIRED),
        ({"Sec-WebSocket-Version": "8"}, HTTPStatus.UPGRADE_REQUIRED),
        ({"Sec-WebSocket-Version": "7"}, HTTPStatus.UPGRADE_REQUIRED),
        ({"Sec-WebSocket-Version": "13, 8"}, HTTPStatus.UPGRADE_REQUIRED),
        ({"Sec-WebSocket-Version": "013"}, HTTPStatus.UPGRADE_REQUIRED),
    ],
)
def test_an_upgrade_keeps_the_rules_of_the_handshake(fields: dict[str, str | None], status: HTTPStatus | None) -> None:
    usual = {"Connection": "Upgrade", "Sec-WebSocket-Key": KEY, "Sec-WebSocket-Version": "13"}
    sent = [(name, value) for name, value in (usual | fields).items() if value is not None]
    response = handshake.refusal(Request.to("/", sent))
    assert (None if response is None else response.status) == status
    if response is not None and status == HTTPStatus.UPGRADE_REQUIRED:
        assert response.headers["Sec-WebSocket-Version"] == "13"
        assert response.headers["Upgrade"] == "websocket"


def test_http_1_0_has_no_upgrades() -> None:
    assert not handshake.is_upgrade(Request.to("/", [("Upgrade", "websocket")], version="HTTP/1.0"))
    assert not handshake.is_upgrade(Request.to("/", [("Upgrade", "websocket")], method="HEAD"))


@pytest.mark.parametrize(
    ("value", "is_upgrade"),
    [
        *(("websocket", True), ("WebSocket", True), ("h2c, websocket", True)),
        *(("h2c", False), ("websockets", False), (None, False)),
    ],
)
def test_an_upgrade_is_asked_for_by_name(value: str | None, is_upgrade: bool) -> None:
    assert handshake.is_upgrade(Request.to("/", [("Upgrade", value)] if value is not None else [])) is is_upgrade


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        ([], None),
        (["roomcast.1"], "roomcast.1"),
        (["chat, roomcast.1"], "roomcast.1"),
        (["chat ,\troomcast.1 ,"], "roomcast.1"),
        (["chat", "roomcast.1"], "roomcast.1"),
        (["roomcast.2"], None),
        (["roomcast.10, xroomcast.1"], None),
    ],
)
def test_our_subprotocol_is_confirmed_where_it_is_offered(offered: list[str], chosen: str | None) -> None:
    assert handshake.subprotocol(Request.to("/", [("Sec-WebSocket-Protocol", one) for one in offered])) == chosen
