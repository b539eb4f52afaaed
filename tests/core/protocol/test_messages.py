"""Each message has exactly one text, and says what its fields say: the golden vectors."""

import typing
from typing import Any

import msgspec
import pytest

from roomcast.core.protocol import codec, messages
from roomcast.core.protocol.any_message import ClientMessage, ServerMessage
from roomcast.core.protocol.client_limits import ClientLimits
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.observer_messages import ObservedPlayer
from tests.core.fakes import fields_of
from tests.core.vectors import bytes_of, each, load

CLIENT = {kind.__struct_config__.tag: kind for kind in typing.get_args(ClientMessage)}
SERVER = {kind.__struct_config__.tag: kind for kind in typing.get_args(ServerMessage)}


def built(kinds: dict[Any, Any], fields: dict[str, Any]) -> msgspec.Struct:
    """A message made from its fields, by code rather than by the decoder; defaults are left to the record."""
    kind = kinds[fields["t"]]
    given = {}
    for field in msgspec.structs.fields(kind):
        text = codec.encode(fields[field.encode_name])
        default = field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default
        if default is msgspec.NODEFAULT or text != codec.encode(default):
            given[field.name] = msgspec.json.decode(text, type=field.type)
    return kind(**given)


@each("client.json")
def test_a_clients_message_is_read_from_its_text(vector: dict[str, Any]) -> None:
    assert fields_of(codec.decode_client(bytes_of(vector))) == vector["fields"]


@each("client.json")
def test_a_clients_message_is_written_as_exactly_its_text(vector: dict[str, Any]) -> None:
    assert codec.encode(built(CLIENT, vector["fields"])) == bytes_of(vector)
    assert codec.encode(codec.decode_client(bytes_of(vector))) == bytes_of(vector)


@each("server.json")
def test_a_servers_message_is_read_from_its_text(vector: dict[str, Any]) -> None:
    assert fields_of(codec.decode_server(bytes_of(vector))) == vector["fields"]


@each("server.json")
def test_a_servers_message_is_written_as_exactly_its_text(vector: dict[str, Any]) -> None:
    assert codec.encode(built(SERVER, vector["fields"])) == bytes_of(vector)
    assert codec.encode(codec.decode_server(bytes_of(vector))) == bytes_of(vector)


@each("lenient.json")
def test_what_others_write_differently_means_the_same(vector: dict[str, Any]) -> None:
    decode = codec.decode_client if vector["from"] == "client" else codec.decode_server
    assert fields_of(decode(bytes_of(vector))) == fields_of(decode(vector["same as"].encode()))


@pytest.mark.parametrize(("file", "kinds"), [("client.json", CLIENT), ("server.json", SERVER)])
def test_every_message_has_a_vector_and_every_field_one_that_is_not_its_default(
    file: str, kinds: dict[str, Any]
) -> None:
    for word, kind in kinds.items():
        texts = [msgspec.json.decode(bytes_of(vector)) for vector in load(file) if vector["fields"]["t"] == word]
        shown = {field for text in texts for field in text}
        assert shown == {"t", *kind.__struct_encode_fields__}, word


def test_messages_cannot_be_changed() -> None:
    kinds: list[type[msgspec.Struct]] = [*CLIENT.values(), *SERVER.values()]
    kinds += [messages.Resume, messages.PlayerRecord, messages.Snapshot, ClientLimits, ObservedPlayer]
    assert all(kind.__struct_config__.frozen for kind in kinds)


def test_a_hello_that_is_written_down_shows_no_secret() -> None:
    meet = Meet("any", password="swordfish", ticket="swordfish")
    hello = messages.Hello("dots", "Ada", (1, 2), messages.Resume("swordfish", 1), meet=meet, credential="swordfish")
    assert repr(hello) == "Hello(room='dots', name='Ada', v=(1, 2), …)"
    assert "swordfish" not in f"{hello} {[hello]!r}"
