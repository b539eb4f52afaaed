"""What `roomcast adopt` reads and writes: parts of programs, whole files, and files that it cannot adopt."""

from __future__ import annotations

import ast
import contextlib
import random
from pathlib import Path

import pytest

from roomcast.adopt import CannotAdopt, adopt
from tests.programs import EXAMPLES

PROGRAMS = sorted((Path(__file__).parent / "programs").glob("*.py"))
STARTER = EXAMPLES / "starter" / "dots_client.py"
PROGRAMS += [STARTER, EXAMPLES / "adopt" / "dots.py"]

# A whole client in a few lines: {send} and {branches} differ from test to test.
CLIENT = """import queue
import socket
import threading

server = socket.create_connection(("localhost", 50003))
inbox = queue.Queue()
places = {{}}


def read():
    for line in server.makefile():
        inbox.put(line)


threading.Thread(target=read, daemon=True).start()


def act(dx, dy, text, number):
    {send}


while True:
    while not inbox.empty():
        words = inbox.get().split()
        {branches}
"""
MOVE = 'if words[0] == "move":\n            places[words[1]] = int(words[2])'


def client(send: str = "pass", branches: str = MOVE) -> str:
    return CLIENT.format(send=send, branches=branches)


def adopted_line(source: str, start: str, room: str = "dots") -> str:
    """The one line of the adopted program that has `start` in it."""
    (line,) = [line.strip() for line in adopt(source, room=room).source.splitlines() if start in line]
    return line


# ---------------------------------------------------------------- what is sent


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('server.sendall(f"move {dx} {dy}\\n".encode())', 'room.send("move", dx, dy)'),
        ('server.send(("move " + str(dx) + " " + str(dy) + "\\n").encode("utf-8"))', 'room.send("move", dx, dy)'),
        ('server.send(bytes("move %d %d\\n" % (dx, dy), "utf-8"))', 'room.send("move", dx, dy)'),
        ('server.send("move {} {}\\n".format(dx, dy).encode())', 'room.send("move", dx, dy)'),
        ('server.send((" ".join(["move", str(dx), str(dy)]) + "\\n").encode())', 'room.send("move", dx, dy)'),
        ('server.sendall(b"jump\\n")', 'room.send("jump")'),
        ('server.sendall(b"move -5 0\\n")', 'room.send("move", -5, "0")'),
        ('server.send(str.encode("hat " + text + "\\n"))', 'room.send("hat", text)'),
        ('print("move", dx, dy, file=server.makefile("w"), flush=True)', 'room.send("move", dx, dy)'),
        ('server.sendall(f"at {dx},{dy}\\n".encode())', 'room.send("at", f"{dx},{dy}")'),
        ('server.sendall(f"at {dx:03d}\\n".encode())', 'room.send("at", f"{dx:03d}")'),
        ('server.sendall((text + "\\n").encode())', "room.send(*text.split())"),
        ("server.sendall(text.encode())", "room.send(*text.split())"),
        ('server.sendall(f"{text} 1\\n".encode())', 'room.send(*f"{text} 1\\n".split())'),
    ],
)
def test_what_is_sent_as_text_is_a_command_with_arguments(old: str, new: str) -> None:
    assert adopted_line(client(send=old), ".send(") == new


def test_arguments_are_text_where_the_program_takes_them_for_text() -> None:
    branches = 'if words[0] == "hat":\n            places[words[1]] = words[2]'
    new = adopt(client('server.sendall(f"hat {number}\\n".encode())', branches)).source
    assert 'room.send("hat", str(number))' in new
    assert "def on_hat(player, number: str):" in new


def test_a_text_of_several_words_is_sent_as_words() -> None:
    branches = 'if words[0] == "say":\n            print(words[1], " ".join(words[2:]))'
    new = adopt(client('server.sendall(f"say {text}\\n".encode())', branches)).source
    assert 'room.send("say", *str(text).split())' in new
    assert "def on_say(player, *words: str):" in new
    assert 'print(player.id, " ".join(words))' in new


# ---------------------------------------------------------------- what stays


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_whatever_is_not_network_code_stays_and_the_new_program_parses(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    new = adopt(source, path.name).source
    compile(new, path.name, "exec", dont_inherit=True)
    assert "socket" not in {one.id for one in ast.walk(ast.parse(new)) if isinstance(one, ast.Name)}
    for marker in ("#", '"""'):  # comments of the game itself
        kept = [line for line in source.splitlines() if line.startswith(marker)]
        assert kept == [
            line for line in new.splitlines() if line.startswith(marker) and "# roomcast:" not in line and line in kept
        ]


def test_comments_and_odd_spaces_of_the_game_stay() -> None:
    odd = "# a game\nscore  =  { 'a':1,\n   'b' : 2 }   # as it was\n\n\n\n\nx = '''\n  # no comment\n'''\n"
    new = adopt(odd + client()).source
    assert new.startswith(odd.replace("# a game\n", "# a game\nimport roomcast\n\n")) or odd in new


def test_a_text_of_several_lines_in_a_branch_is_not_moved() -> None:
    branches = 'if words[0] == "help":\n            print("""one\n    two\n""")'
    assert 'print("""one\n    two\n""")' in adopt(client(branches=branches)).source


def test_unicode_and_names_that_are_taken() -> None:
    source = client('server.sendall(f"größe {number}\\n".encode()); room = "é"')
    new = adopt(source).source
    assert 'shared_room = roomcast.join("dots")' in new
    assert 'shared_room.send("größe", number); room = "é"' in new


def test_continue_becomes_return_but_not_in_a_loop_of_the_branch() -> None:
    branches = (
        'if words[0] == "clear":\n            for who in places:\n                if who == words[1]:\n'
        "                    continue\n                places[who] = 0\n"
        "            if not places:\n                continue\n            print(places)"
    )
    new = adopt(client(branches=branches)).source
    handler = new[new.index("def on_clear") : new.index("while not room.closed")]
    assert handler.count("continue") == 1
    assert handler.count("return") == 2  # the other one: what oneself has done


def test_who_leaves_is_an_event_where_the_old_server_had_a_word_for_it() -> None:
    new = adopt(client(branches='if words[0] == "playerLeft":\n            del places[words[1]]')).source
    assert '@room.on("leave")\ndef on_playerLeft(player):\n    del places[player.id]\n' in new


def test_several_branches_of_one_command_are_one_function() -> None:
    branches = (
        'who = words[1]\n        if words[0] == "take" and not places:\n            places[who] = int(words[2])\n'
        '        elif words[0] == "take":\n            print(who, "was too late")\n'
        '        elif words[0] == "drop":\n            places.pop(who)'
    )
    new = adopt(client('server.sendall(f"take {number}\\n".encode())', branches)).source
    assert new.count('@room.on("take")') == 1
    assert (
        '    if not places:\n        places[player.id] = number\n    else:\n        print(player.id, "was too late")\n'
    ) in new
    assert 'room.send("take", number)' in new


def test_a_command_that_is_called_like_an_event_gets_another_name() -> None:
    branches = 'if words[0] == "back":\n            places[words[1]] = 0'
    result = adopt(client('server.sendall(b"back\\n")', branches))
    assert 'room.send("back_")' in result.source
    assert '@room.on("back_")\ndef on_back(player):' in result.source
    assert "back is the name of an event on Roomcast" in result.doubts[0].text


def test_what_an_old_server_said_in_its_greeting_is_marked() -> None:
    parts = "            x, y = int(words[2]), int(words[3])\n            places[words[1]] = x + y"
    branches = f'if words[0] == "newPlayer":\n{parts}'
    result = adopt(client(branches=branches))
    assert "# roomcast: the old server said x, y here" in result.source
    assert "        x = 0\n        y = 0\n        places[player.id] = x + y\n" in result.source
    assert len(result.doubts) == 1


def test_the_end_of_the_connection_is_an_event() -> None:
    source = client().replace(
        "        inbox.put(line)\n", "        inbox.put(line)\n    print('bye')\n    inbox.put('gone')\n"
    )
    branches = 'elif words[0] == "gone":\n            places.clear()'
    new = adopt(source.rstrip() + f"\n        {branches}\n").source
    assert new.count('@room.on("closed")') == 1
    handler = new[new.index("def on_closed") : new.index("while not room.closed")]
    assert "places.clear()" in handler
    assert "print('bye')" in handler


# ---------------------------------------------------------------- where the server is


@pytest.mark.parametrize(
    ("host", "new"),
    [
        ('"localhost", 50003', 'roomcast.join("dots")'),
        ("socket.gethostname(), 50003", 'roomcast.join("dots")'),
        ('"192.168.1.20", 50003', 'roomcast.join("192.168.1.20/dots")'),
        ("input(), 50003", 'roomcast.join(f"{input()}/dots")'),
        ("input('where?'), int(input())", "roomcast.join(f\"{input('where?')}:{int(input())}/dots\")"),
        ('at["host"], at["port"]', 'roomcast.join(f\'{at["host"]}:{at["port"]}/dots\')'),
        ("name, at['port']", "roomcast.join(f\"{name}:{at['port']}/dots\")"),
        ("at['host'], at[\"port\"]", 'roomcast.join(f"""{at[\'host\']}:{at["port"]}/dots""")'),
        ('at["h"], int(at["\\x70"])', 'roomcast.join(str(at["h"]) + ":" + str(int(at["\\x70"])) + "/dots")'),
        ('"192.168.1.20", at["port"]', "roomcast.join(f'192.168.1.20:{at[\"port\"]}/dots')"),
    ],
)
def test_the_address_that_the_program_had(host: str, new: str) -> None:
    source = client().replace('"localhost", 50003', host)
    adopted = adopt(source).source
    assert new in adopted
    compile(adopted, "adopted.py", "exec")


def test_the_default_of_a_port_is_that_of_the_new_server_and_no_other_number_changes() -> None:
    source = (
        client()
        .replace('"localhost", 50003', "host, port")
        .replace(
            "inbox =",
            "import sys\nhost = sys.argv[1]\nport = int(sys.argv[2]) if sys.argv[2:] else 50003\nbest = 5000\ninbox =",
        )
    )
    source = source.replace("server = socket.create_connection((host, port))\n", "").replace(
        "places =", "server = socket.create_connection((host, port))\nplaces ="
    )
    new = adopt(source).source
    assert "port = int(sys.argv[2]) if sys.argv[2:] else 8112\nbest = 5000\n" in new
    assert 'room = roomcast.join(f"{host}:{port}/dots")' in new


def test_why_the_connection_ended_is_known_where_it_is_said() -> None:
    source = client().replace(
        "    for line in server.makefile():\n        inbox.put(line)\n",
        "    try:\n        for line in server.makefile():\n            inbox.put(line)\n"
        "    except OSError as problem:\n        print('over:', problem)\n",
    )
    new = adopt(source).source
    assert "def on_closed(why):\n    problem = why\n    print('over:', problem)\n" in new


def test_another_room() -> None:
    assert 'roomcast.join("quiz night")' in adopt(client(), room="quiz night").source


@pytest.mark.parametrize("host", ["input()", "places['host']", 'places["host"]'])
def test_a_room_with_quotes_and_braces_in_its_name(host: str) -> None:
    room = """it's "{ada}" \\ co"""
    source = client().replace('"localhost", 50003', f"{host}, 50003")
    line = adopted_line(source, "roomcast.join(", room)
    joined = ast.parse(line.partition("=")[2].strip(), mode="eval").body
    assert isinstance(joined, ast.Call)
    written = joined.args[0]
    assert isinstance(written, ast.JoinedStr)
    assert isinstance(end := written.values[-1], ast.Constant)
    assert end.value == f"/{room}"


# ---------------------------------------------------------------- what cannot be told


def test_what_cannot_be_told_is_marked_at_its_place_with_the_reason() -> None:
    result = adopt(client("print(server.getpeername())"))
    assert (
        "    # roomcast: a room has no getpeername: say what you need it for in another way\n    print("
        in result.source
    )
    assert [one.line for one in result.doubts] == [19]


def test_a_dispatch_that_cannot_be_taken_apart_stays() -> None:
    branches = 'key = words.pop(0)\n        if key == "move":\n            places[words[0]] = int(words[1])'
    result = adopt(client(branches=branches))
    assert branches in result.source
    assert "inbox.put(" in result.source
    assert "the list of a line's words is changed" in result.doubts[0].text


SERVER = EXAMPLES / "starter" / "server.py"


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (SERVER.read_text(encoding="utf-8"), "is the server, and you do not need it any more: `roomcast serve`"),
        ("print('hello')\n", "does not use the network: there is no import socket in it"),
        ("import socket\nprint(socket.gethostname())\n", "nothing in it connects to a server"),
        ("import socket\nprint 'hello'\n", "is written in Python 2 (line 2: print 'hello"),
        ("import socket\ntry:\n    pass\nexcept OSError, e:\n    pass\n", "is written in Python 2 (line 4"),
        ("import socket\ndef f(:\n", "has an error in line 2"),
        ("import roomcast\n", "is on Roomcast already"),
        ("import asyncio\n", "uses asyncio, and adopt reads programs on plain sockets"),
        (
            "import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\ns.connect(('a', 1))\n",
            "sends datagrams (UDP)",
        ),
        (
            "import socket\na = socket.create_server(('', 1))\nb = socket.create_connection(('', 1))\n",
            "server and client in one",
        ),
    ],
)
def test_files_that_are_no_client_get_a_sentence(source: str, says: str) -> None:
    with pytest.raises(CannotAdopt, match=r"^game\.py ") as refusal:
        adopt(source, "game.py")
    assert says in refusal.value.message
    assert refusal.value.topic == "adopt"
    assert len(refusal.value.message) < 300


def test_a_function_that_calls_itself() -> None:
    source = client("pass") + "\n\ndef f():\n    return g()\n\n\ndef g():\n    return f()\n\n\nf().close()\n"
    assert "f().close()" in adopt(source).source


@pytest.mark.parametrize("terms", [900, 985, 3000])
def test_a_deep_program_is_adopted_or_refused(terms: int) -> None:
    """Never a RecursionError; how deep is too deep differs between versions of Python."""
    source = client("x = " + "+".join(["dx"] * terms))
    with contextlib.suppress(CannotAdopt):
        assert "+".join(["dx"] * terms) in adopt(source, "game.py").source


def test_half_a_letter_is_refused() -> None:
    with pytest.raises(CannotAdopt, match=r"^game\.py is nested or written in a way that adopt cannot follow"):
        adopt(client('server.sendall("say \\ud800\\n".encode())\n'), "game.py")


def test_programs_with_lines_missing_are_refused_or_become_programs() -> None:
    """Never an exception of another kind, never a program that does not parse."""
    chance = random.Random(7)
    for path in PROGRAMS:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        for _ in range(6):
            left = [line for line in lines if chance.random() > 0.04]
            try:
                result = adopt("".join(left), path.name)
            except CannotAdopt:
                continue
            compile(result.source, path.name, "exec", dont_inherit=True)
