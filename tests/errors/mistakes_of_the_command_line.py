"""Mistakes at the command line, and with the files of a server."""

from __future__ import annotations

import roomcast
import roomcast.testing
from tests.client.recordings import joined, write
from tests.errors.making import Table, mistake


@mistake("port-taken")
def a_second_server_on_the_same_port(table: Table) -> None:
    table.type(f"roomcast serve --host 127.0.0.1 --port {table.server.port} --starter-port 0 --no-announce")


@mistake("cannot-listen")
def an_address_of_another_computer(table: Table) -> None:
    table.type("roomcast serve --host 192.0.2.7 --port 0 --starter-port 0 --no-announce")


@mistake("serve-options")
def a_folder_that_is_not_there(table: Table) -> None:
    table.type(f"roomcast serve --port 0 --starter-port 0 --no-announce --site {table.folder / 'site'}")


@mistake("serve-options")
def names_with_blanks(table: Table) -> None:
    table.monkeypatch.setenv("ROOMCAST_NAMES", "Ada Lovelace,Alan")
    table.type("roomcast serve --port 0 --starter-port 0 --no-announce")


@mistake("rules")
def a_file_without_a_class_of_rules(table: Table) -> None:
    (table.folder / "game.py").write_text("print()\n", encoding="utf-8")
    table.type(f"roomcast serve {table.folder / 'game.py'} --port 0 --starter-port 0 --no-announce")


@mistake("rules")
def rules_with_a_bracket_too_few(table: Table) -> None:
    (table.folder / "game.py").write_text("moves = (1, 2\n", encoding="utf-8")
    table.type(f"roomcast serve {table.folder / 'game.py'} --port 0 --starter-port 0 --no-announce")


@mistake("rules")
def rules_that_are_to_be_kept(table: Table) -> None:
    (table.folder / "game.py").write_text("moves = 1\n", encoding="utf-8")
    keep = f"--keep {table.folder / 'rooms.db'}"
    table.type(f"roomcast serve {table.folder / 'game.py'} --port 0 --starter-port 0 --no-announce {keep}")


@mistake("kept-file")
def rooms_are_kept_in_a_folder_that_is_not_there(table: Table) -> None:
    table.type(f"roomcast serve --port 0 --starter-port 0 --no-announce --keep {table.folder}/no/rooms.db")


@mistake("kept-file")
def a_file_of_something_else_is_checked(table: Table) -> None:
    file = table.folder / "rooms.db"
    file.write_text("my homework", encoding="utf-8")
    table.type(f"roomcast check {file}")


@mistake("recording")
def something_else_is_replayed(table: Table) -> None:
    file = table.folder / "dots.jsonl"
    file.write_text("my homework", encoding="utf-8")
    roomcast.replay(file)


@mistake("recording")
def a_recording_would_replace_a_file(table: Table) -> None:
    file = table.folder / "dots.jsonl"
    file.write_text("my homework", encoding="utf-8")
    table.type(f"roomcast record {table.server.address()} {file}")


@mistake("recording")
def something_is_sent_in_a_replay(table: Table) -> None:
    room = roomcast.replay(write(table.folder / "dots.jsonl", joined(1, "red")))
    room.send("move", 5)


@mistake("recording")
def a_function_sends_something_in_a_replay(table: Table) -> None:
    room = roomcast.replay(write(table.folder / "dots.jsonl", joined(1, "red")))
    room.on("join")(lambda player: room.send("welcome", player.name))
    room.pump()


@mistake("recording")
def a_damaged_recording(table: Table) -> None:
    roomcast.replay(write(table.folder / "dots.jsonl", joined(2, "red"))).pump()


@mistake("recording")
def a_game_without_a_state(table: Table) -> None:
    roomcast.testing.replay(write(table.folder / "dots.jsonl", joined(1, "red")), lambda room: None)


@mistake("exercise")
def an_exercise_in_another_folder(table: Table) -> None:
    table.monkeypatch.chdir(table.folder)
    table.type("roomcast learn check 3")


@mistake("exercise")
def an_exercise_of_another_name(table: Table) -> None:
    table.type(f"roomcast learn check 3 {table.folder / 'mine.py'}")


@mistake("exercise")
def a_folder_in_place_of_an_exercise(table: Table) -> None:
    table.type(f"roomcast learn check 3 {table.folder}")


@mistake("no-server")
def joining_from_the_terminal_without_a_server(table: Table) -> None:
    server = table.start()
    server.stop()
    table.type(f"roomcast join {server.address()}")
