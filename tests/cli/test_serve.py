"""`roomcast serve`: starts, says where it is, serves, and ends when asked; or says in one sentence why not."""

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import fields

import click
import pytest
from websockets.sync.client import connect

from roomcast import Limits, __version__
from roomcast.cli import main
from roomcast.cli.serve import serve as serve_command
from roomcast.learn.free_port import free_port
from roomcast.transports import websocket
from tests.cli.roomcast_program import ANYWHERE, ROOMCAST, Roomcast, said, stranger
from tests.plain_player import PlainPlayer
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(12)


@pytest.fixture
def serve() -> Iterator[Roomcast]:
    with Roomcast("serve", *ANYWHERE) as program:
        yield program


def test_it_says_where_it_is_and_is_there(serve: Roomcast) -> None:
    assert serve.line("Roomcast ").endswith(" serves rooms. Ctrl-C ends it.")
    page = serve.line("  In a browser").strip()
    assert page == f"http://127.0.0.1:{serve.port}/"
    with urllib.request.urlopen(f"{page}healthz", timeout=10) as answer:
        assert json.load(answer)["status"] == "ok"
    with PlainPlayer(serve.starter_port) as ada:
        assert ada.meet() == []
        assert ada.id == "Ada"


def test_it_says_that_it_is_slow_on_purpose() -> None:
    with Roomcast("serve", *ANYWHERE, "--lag", "5ms", "--jitter", "0.002s", "--drop", "1%/min") as slow:
        says = "5 ms ± 2 ms late each way, each connection cut with a chance of 1% a minute"
        assert slow.line("A bad network") == f", on purpose: {says}."
        with stranger(slow.port):
            pass


@pytest.mark.parametrize(
    ("flag", "value", "says"),
    [
        ("--lag", "80", "--lag: '80' is no time: write it like 80ms or 0.08s"),
        ("--jitter", "10s", "--jitter: '10s' is more than 5s, the most there is"),
        ("--drop", "1", "--drop: '1' is no chance: write it like 1%/min"),
    ],
)
def test_a_bad_network_is_written_as_it_should_be(flag: str, value: str, says: str) -> None:
    code, error = said("serve", *ANYWHERE, flag, value)
    assert (code, says in error) == (2, True)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_well_and_everyone_hears_of_it(serve: Roomcast, number: signal.Signals) -> None:
    with stranger(serve.port) as (red, _), PlainPlayer(serve.starter_port) as ada:
        ada.meet()
        red.send(json.dumps({"t": "do", "n": 1, "c": "move", "a": [5, 0]}))
        assert ada.hear() == "move red 5 0"
        serve.signal(number)
        heard = [json.loads(line) for frame in red for line in str(frame).splitlines()]
        assert heard[-1]["t"] == "bye"
        assert heard[-1]["code"] == "closing"
        assert serve.wait() == 0
    assert serve.lines[-1].startswith("Ended: 1 command came in, ")


def test_one_who_never_answers_does_not_hold_it_up(serve: Roomcast) -> None:
    with stranger(serve.port), socket.create_connection(("127.0.0.1", serve.port)):
        serve.signal(signal.SIGTERM)
        assert serve.wait() == 0  # less than PATIENCE is less than the 30 s for those who still read


def test_it_waits_for_those_who_still_read_and_says_so_but_a_second_signal_ends_it() -> None:
    fast = ("--rate", "100000", "--burst", "100000", "--address-time", "1000", "--unread", "1000")
    with (
        Roomcast("serve", *ANYWHERE, *fast) as server,
        stranger(server.port) as (red, _),
        PlainPlayer(server.starter_port) as stuck,
    ):
        stuck.meet()
        size = 60_000
        for n in range(1, 301):  # 18 MB, more than the system takes for one who does not read
            red.send(json.dumps({"t": "do", "n": n, "c": "draw", "a": ["x" * size]}))
            while f'"n":{n}' not in str(red.recv(10)):
                pass
        server.signal(signal.SIGINT)
        assert "Ctrl-C ends it now" in server.line("Waiting for a connection that still reads")
        server.signal(signal.SIGINT)
        assert server.wait() == 0
    assert server.lines[-1].startswith("Ended: 300 commands came in, ")


def test_quiet_says_nothing() -> None:
    port = free_port()
    with Roomcast("serve", "--host", "127.0.0.1", "--port", str(port), "--no-starter", "--quiet") as program:

        def answers() -> bool:
            try:
                with stranger(port):
                    return True
            except OSError:
                return False

        wait_for(answers, what="the server listens")
        program.signal(signal.SIGINT)
        assert program.wait() == 0
        assert program.lines == []


# ---------------------------------------------------------------------- limits


def test_limits_are_set_by_flags_and_by_environment() -> None:
    with (
        Roomcast("serve", *ANYWHERE, "--message-size", "300", ROOMCAST_BURST="7", ROOMCAST_RATE="5") as program,
        stranger(program.port) as (red, welcome),
    ):
        assert welcome["limits"] == {"message_size": 300, "rate": 5.0, "burst": 7, "silent_for": 25.0}
        red.send(json.dumps({"t": "do", "n": 1, "c": "say", "a": ["x" * 300]}))
        refusal = next(found for frame in red if (found := json.loads(str(frame).splitlines()[0]))["t"] == "error")
        assert refusal["code"] == "too-big"
        assert "message-size" in refusal["message"]


def test_a_flag_wins_over_the_environment() -> None:
    with Roomcast("serve", *ANYWHERE, "--burst", "9", ROOMCAST_BURST="7") as program, stranger(program.port) as (_, hi):
        assert hi["limits"]["burst"] == 9


# ---------------------------------------------------------------------- errors


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, words = said("serve", "--host", "127.0.0.1", "--port", str(port), "--no-starter")
        assert code == 1
        assert words == (
            f"roomcast: port {port} is taken, perhaps by another server: end that one, or choose another with --port "
            "(help: roomcast help port-taken)\n"
        )
        code, words = said("serve", "--host", "127.0.0.1", "--port", "0", "--starter-port", str(port))
        assert code == 1
        assert words.endswith("with --starter-port (help: roomcast help port-taken)\n")


@pytest.mark.parametrize(
    ("flags", "code", "part"),
    [
        (["--bogus"], 2, "'--bogus'"),
        (["game.py", "extra"], 2, "extra argument (extra)"),
        (["--reload"], 2, "roomcast serve game.py --reload"),
        (["--only-rules"], 2, "roomcast serve game.py --only-rules"),
        (["game"], 1, "game: there is no such file with rules"),
        (["--port", "99999"], 2, "choose one from 1 to 65535"),
        (["--rate", "nan"], 2, "'--rate': 'nan'"),
        (["--rate", "many"], 2, "'--rate': 'many'"),
        (["--burst", "1.5"], 2, "'--burst': '1.5'"),
        (["--kept-entries", "0"], 2, "change --kept-entries"),
        (["--host", "192.0.2.77"], 1, "has no address 192.0.2.77"),
        (["--host", "no..name"], 1, "'no..name' is no name of a computer"),
        (["--names", "Ada Lovelace,Alan"], 1, "--names: at least one name, without blanks"),
        (["--names", " , "], 1, "--names: at least one name, without blanks"),
        (["--starter-room", "a/b"], 1, "--starter-room: a room's name holds no '/'"),
        (["--site", ""], 2, "an empty name is no folder"),
    ],
)
def test_what_cannot_be_is_said_in_one_sentence(flags: list[str], code: int, part: str) -> None:
    got, words = said("serve", *flags)
    assert part in words
    assert got == code
    assert words.startswith("roomcast: ")
    assert words.count("\n") == 1
    assert "Traceback" not in words


def test_a_wrong_value_in_the_environment_is_said_too() -> None:
    code, words = said("serve", ROOMCAST_PORT="http")
    assert code == 2
    assert words == (
        "roomcast: Invalid value for '--port': 'http' is no port: choose one from 1 to 65535, "
        "or 0 for any that is free. (help: roomcast serve --help)\n"
    )


def test_no_permission(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # Whoever runs the tests may have every permission: so the system's answer is put in its place.
    async def forbidden(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(websocket, "listen", forbidden)
    monkeypatch.setattr("sys.argv", ["roomcast", "serve", "--port", "80"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == (
        "roomcast: no permission to listen on port 80: choose one of 1024 or more with --port "
        "(help: roomcast help cannot-listen)\n"
    )


# ---------------------------------------------------------------------- help


def test_help_shows_main_options_first_and_each_limit_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["roomcast", "serve", "--help"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    text = " ".join(capsys.readouterr().out.split())
    assert text.index("--starter-port N") < text.index("Limits:") < text.index("--message-size N")
    for limit in fields(Limits):
        assert f"{limit.metadata['unit']} {limit.metadata['why']}." in text


def test_roomcast_alone_shows_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["roomcast"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert "roomcast demo" in capsys.readouterr().out


def test_version_also_as_a_module() -> None:
    for start in ([ROOMCAST], [sys.executable, "-m", "roomcast"]):
        ended = subprocess.run([*start, "--version"], capture_output=True, text=True, timeout=60, check=True)
        assert ended.stdout == f"Roomcast {__version__}\n"


def test_every_limit_has_its_flag() -> None:
    flags = {
        option for parameter in serve_command.params if isinstance(parameter, click.Option) for option in parameter.opts
    }
    assert {f"--{field.name.replace('_', '-')}" for field in fields(Limits)} <= flags


# ---------------------------------------------------------------------- the admin token


def answer_to(port: int, token: str) -> dict[str, object]:
    """What an observer with this token is told first."""
    with connect(f"ws://127.0.0.1:{port}/", subprotocols=["roomcast.1"], compression=None) as socket:  # type: ignore[list-item]
        socket.send(json.dumps({"t": "watch", "room": "dots", "token": token}))
        answer: dict[str, object] = json.loads(str(socket.recv(10)).splitlines()[0])
        return answer


def test_a_token_is_made_at_each_start_and_printed(serve: Roomcast) -> None:
    token = serve.line("  Admin token").strip()
    assert re.fullmatch(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}", token)
    assert answer_to(serve.port, token)["admin"] is True
    assert answer_to(serve.port, "guess")["code"] == "bad-token"
    assert serve.line("  Watch a room").strip() == f"http://127.0.0.1:{serve.port}/watch/dots"
    with Roomcast("serve", *ANYWHERE) as other:
        assert other.line("  Admin token").strip() != token


@pytest.mark.parametrize("way", ["flag", "environment"])
def test_a_token_that_is_given_is_not_printed(way: str) -> None:
    words, environment = (["--token", "open sesame"], {}) if way == "flag" else ([], {"ROOMCAST_TOKEN": "open sesame"})
    with Roomcast("serve", *ANYWHERE, *words, **environment) as program:
        assert answer_to(program.port, "open sesame")["admin"] is True
        program.signal(signal.SIGINT)
        program.wait()
        assert not any("token" in line or "sesame" in line for line in program.lines)


def test_a_token_that_could_be_guessed_is_refused() -> None:
    code, words = said("serve", "--token", "1234")
    assert code == 2
    assert "a token has at least 8 characters, because it must not be guessed" in words
