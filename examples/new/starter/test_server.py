"""The server with players on real sockets: run it with `python -m pytest`."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture
def join():
    """join() → a new player: what it sends into, and the lines that it reads from."""
    server = subprocess.Popen([sys.executable, Path(__file__).with_name("server.py"), "0"], stdout=subprocess.PIPE)
    port = int(server.stdout.readline().split()[-1])
    opened = []

    def new_player():
        player = socket.create_connection(("localhost", port), timeout=10)
        lines = player.makefile(encoding="utf-8")
        opened.extend([player, lines])
        return player, lines

    yield new_player
    for one in [*opened, server.stdout]:
        one.close()
    server.kill()
    server.wait()


def test_lines_reach_the_others_and_not_the_one_who_wrote_them(join):
    one, ones_lines = join()
    assert ones_lines.readline() == "myIDis player1\n"
    two, twos_lines = join()
    assert twos_lines.readline() == "newPlayer player1\n"
    assert twos_lines.readline() == "myIDis player2\n"
    assert ones_lines.readline() == "newPlayer player2\n"
    one.sendall("say é".encode()[:-1])  # in the middle of a letter
    one.sendall("é\nmove 5 0\n".encode()[1:])
    assert twos_lines.readline() == "say player1 é\n"
    assert twos_lines.readline() == "move player1 5 0\n"
    two.sendall(b"move 1 1\n")
    assert ones_lines.readline() == "move player2 1 1\n"  # the first thing since: its own came back to nobody


def test_the_others_hear_who_has_left(join):
    _one, ones_lines = join()
    two, twos_lines = join()
    assert [ones_lines.readline(), ones_lines.readline()] == ["myIDis player1\n", "newPlayer player2\n"]
    twos_lines.close()
    two.close()
    assert ones_lines.readline() == "left player2\n"
