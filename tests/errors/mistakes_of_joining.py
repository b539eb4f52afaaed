"""Mistakes on the way into a room, and how a stay in one ends."""

from __future__ import annotations

import time

import roomcast
from roomcast.client import finder
from roomcast.discovery import servers
from roomcast.discovery.servers import FoundServer, OpenRoom
from tests.errors.making import Table, mistake
from tests.integration.foreign_server import foreign_server, raw_server, say
from tests.integration.rooms import pump_until
from tests.rules.clubs import Closed, Club
from tests.rules.kinds import ruled_kinds


@mistake("no-server")
def no_server_was_started(table: Table) -> None:
    server = table.start()
    server.stop()
    roomcast.join(server.address())


@mistake("no-server-found")
def no_server_is_on_this_network(table: Table) -> None:
    _nearby(table)
    roomcast.join("dots")


@mistake("which-server")
def two_servers_are_on_this_network(table: Table) -> None:
    _nearby(table, "lab-3", "lab-7")
    roomcast.join("dots")


def _nearby(table: Table, *names: str) -> None:
    """Let the search find these servers, and none on this computer."""
    found = [
        FoundServer(name, f"192.168.1.{at}", 8112, "0.1.0", (OpenRoom("chess"),)) for at, name in enumerate(names, 20)
    ]
    table.monkeypatch.setattr(finder, "may_browse", lambda: True)
    table.monkeypatch.setattr(servers, "listens", lambda host, port, within: False)
    table.monkeypatch.setattr(servers, "nearby", lambda seconds: found)
    table.monkeypatch.setattr(servers, "room_of_code", lambda host, port, code: None)
    table.monkeypatch.delenv("ROOMCAST_SERVER", raising=False)


@mistake("no-answer")
def something_else_has_the_port_and_says_nothing(table: Table) -> None:
    roomcast.join(f"127.0.0.1:{table.listen()}/dots", timeout=0.3)


@mistake("not-roomcast")
def the_port_for_starter_clients_is_taken_for_the_other(table: Table) -> None:
    roomcast.join(f"127.0.0.1:{table.server.starter_port}/dots")


@mistake("not-roomcast")
def another_web_server_is_there(table: Table) -> None:
    said = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with raw_server(lambda connection: connection.sendall(said)) as address:
        roomcast.join(address)


@mistake("not-let-in")
def the_server_does_not_go_by_that_name(table: Table) -> None:
    said = b"HTTP/1.1 421 Misdirected Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    with raw_server(lambda connection: connection.sendall(said)) as address:
        roomcast.join(address)


@mistake("address")
def an_address_without_a_room(table: Table) -> None:
    roomcast.join("192.168.1.20:8112")


@mistake("address")
def nothing_at_all(table: Table) -> None:
    roomcast.join("")


@mistake("address")
def a_port_that_is_no_number(table: Table) -> None:
    roomcast.join("192.168.1.20:port/dots")


@mistake("wrong-code")
def a_code_with_a_wrong_letter(table: Table) -> None:
    code = table.room.code
    for letter in "BCDFGHJKLM":
        wrong = letter + code[1:]
        if wrong != code:
            roomcast.join(table.server.address(wrong))


@mistake("first-here")
def a_misspelt_room(table: Table) -> None:
    table.enter("Alan", "turtles")
    table.enter("Ada", "trutles")


@mistake("room-full")
def one_player_too_many(table: Table) -> None:
    server = table.start(room_players=1)
    table.stack.enter_context(roomcast.join(server.address(), name="Alan"))
    roomcast.join(server.address())


@mistake("password")
def a_password_for_a_room_without_rules(table: Table) -> None:
    roomcast.join(table.server.address("chat"), password="a fish")


@mistake("credential")
def nothing_said_to_rules_that_ask_who_comes(table: Table) -> None:
    server = table.start(kinds=ruled_kinds({"club": Club}))
    roomcast.join(server.address("club"))


@mistake("credential")
def a_wrong_credential(table: Table) -> None:
    server = table.start(kinds=ruled_kinds({"closed": Closed}))
    roomcast.join(server.address("closed"), credential="a guess")


@mistake("server-full")
def one_connection_too_many(table: Table) -> None:
    server = table.start(connections=1)
    table.stack.enter_context(roomcast.join(server.address(), name="Alan"))
    roomcast.join(server.address())


@mistake("bad-name")
def a_name_of_two_lines(table: Table) -> None:
    roomcast.join(table.server.address(), name="Ada\nLovelace")


@mistake("version")
def a_client_that_is_too_old(table: Table) -> None:
    table.monkeypatch.setattr("roomcast.core.protocol.messages.VERSIONS", (99,))  # the server's; ours is in the hello
    roomcast.join(table.server.address())


@mistake("closing")
def joining_while_the_server_closes(table: Table) -> None:
    bye = {"t": "bye", "code": "closing", "message": "this server is closing", "again": 5}
    with foreign_server(lambda connection: say(connection, bye)) as server:
        roomcast.join(server.address)


@mistake("kicked")
def sending_after_being_sent_out(table: Table) -> None:
    room, directory = table.room, table.server.directory
    table.server.ask(lambda: directory.kick(room.name, room.me.id, time.monotonic()))
    pump_until(lambda: room.closed, room)
    room.send("move", 5)


@mistake("connection-lost")
def the_server_is_ended_meanwhile(table: Table) -> None:
    server = table.start()
    room = table.stack.enter_context(roomcast.join(server.address()))
    server.stop()
    table.pump_until_told(room)


@mistake("server-restarted")
def the_server_is_started_anew_meanwhile(table: Table) -> None:
    server = table.start()
    room = table.stack.enter_context(roomcast.join(server.address()))
    room.on("offline")(lambda why: None)
    server.stop()
    table.start(port=server.port)
    table.pump_until_told(room)


@mistake("late")
def a_world_where_the_room_has_forgotten_its_beginning(table: Table) -> None:
    server = table.start(kept_entries=20)
    first = table.stack.enter_context(roomcast.join(server.address(), name="Ada"))
    for step in range(100):
        first.send("move", step)
    pump_until(lambda: not first.unacknowledged, first)
    late = table.stack.enter_context(roomcast.join(server.address(), name="Grace"))
    late.world(dict).load(print)
    table.pump_until_told(late)


@mistake("late")
def running_a_room_from_a_beginning_that_it_has_forgotten(table: Table) -> None:
    server = table.start(kept_entries=20)
    first = table.stack.enter_context(roomcast.join(server.address(), name="Ada"))
    for step in range(100):
        first.send("move", step)
    pump_until(lambda: not first.unacknowledged, first)
    late = table.stack.enter_context(roomcast.join(server.address(), name="Grace", replay=True))
    late.command("move")(print)
    table.pump_until_told(late)


@mistake("late")
def a_world_after_the_first_pump(table: Table) -> None:
    table.room.send("move", 5)
    pump_until(lambda: not table.room.unacknowledged, table.room)
    table.room.world(dict)


@mistake("closed")
def sending_after_leaving(table: Table) -> None:
    table.room.leave()
    table.room.send("move", 5)


@mistake("kicked")
def sending_after_the_room_was_closed(table: Table) -> None:
    room, directory = table.room, table.server.directory
    table.server.ask(lambda: directory.close_room(room.name, time.monotonic()))
    pump_until(lambda: room.closed, room)
    room.send("move", 5)
