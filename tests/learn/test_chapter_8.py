"""Chapter 8, beyond the classroom: the settings, a proxy with TLS before the server, and the figures of the page."""

import configparser
import json
import re
import ssl
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import roomcast
from roomcast import CannotConnect
from tests.cli.roomcast_program import Roomcast
from tests.integration.conftest import RunningServer
from tests.integration.foreign import Foreign
from tests.learn.terminals import LEARN
from tests.learn.tls_proxy import TlsProxy
from tests.programs import TOP
from tests.transports.worlds import CERTIFICATE
from tests.waiting import wait_for

pytestmark = pytest.mark.takes(4)

FILES = LEARN / "8-beyond"
PAGE = (TOP / "docs" / "learn" / "8-beyond.md").read_text(encoding="utf-8")
SETTINGS = Path(__file__).parent / "solutions" / "8" / "roomcast.toml"


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TlsProxy]:
    """A proxy with TLS before a server that has the settings of the exercise."""
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))  # the test's certificate is one to trust
    words = ["--port", "0", "--keep", str(tmp_path / "rooms.db"), "--connections-address", "3"]
    with Roomcast("serve", "--config", str(SETTINGS), *words) as server, TlsProxy(server.port) as proxy:
        yield proxy


def get(proxy: TlsProxy, host: str) -> int:
    """The status of the front page, asked for under this name."""
    request = urllib.request.Request(f"https://localhost:{proxy.port}/", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(), timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_players_come_by_tls_under_the_servers_name_and_each_address_has_limits_of_its_own(proxy: TlsProxy) -> None:
    assert get(proxy, "play.example.org") == 200
    assert get(proxy, "other.example.org") == 421
    where = f"wss://localhost:{proxy.port}/dots"
    with ExitStack() as stack:
        room = stack.enter_context(roomcast.join(where, name="Ada"))
        heard: list[str] = []

        @room.everywhere
        def say(text: str) -> None:
            heard.append(text)

        say("é, in a locked box")
        wait_for(lambda: room.pump(wait=0.1) and heard, what="it comes back")
        for name in "Bob", "Cy":
            stack.enter_context(roomcast.join(where, name=name))
        with pytest.raises(CannotConnect):  # the fourth of one address
            roomcast.join(where, name="Dot", timeout=2)
        proxy.client = "198.51.100.10"
        stack.enter_context(roomcast.join(where, name="Dot"))


def test_the_flags_of_the_page_are_the_settings_of_the_exercise() -> None:
    commands = PAGE.replace("\\\n", "")
    (flags,) = re.findall(r"^\$ roomcast serve (--host 127.0.0.1 .*play.example.org .*)$", commands, re.MULTILINE)
    settings = tomllib.loads(SETTINGS.read_text(encoding="utf-8"))
    for flag, value in re.findall(r"--(\S+)(?: ([^-]\S*))?", flags):
        assert settings[flag] == (value or True)


def test_the_unit_is_one_and_its_command_exists() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(FILES / "roomcast.service", encoding="utf-8")
    assert unit.sections() == ["Unit", "Service", "Install"]
    assert unit["Service"]["ExecStart"] == "/opt/roomcast/bin/roomcast serve --config /etc/roomcast.toml"
    assert unit["Service"]["WorkingDirectory"] == f"/var/lib/{unit['Service']['StateDirectory']}"
    assert int(unit["Service"]["TimeoutStopSec"]) > roomcast.Limits().drain


def test_the_proxies_hand_on_to_the_servers_port() -> None:
    for name in "Caddyfile", "nginx.conf":
        assert "127.0.0.1:8112" in (FILES / name).read_text(encoding="utf-8")
    nginx = (FILES / "nginx.conf").read_text(encoding="utf-8")
    for field in (
        "X-Forwarded-For $remote_addr",
        "X-Forwarded-Host $http_host",
        "X-Forwarded-Proto $scheme",
        'Forwarded ""',
    ):
        assert f"proxy_set_header {field};" in nginx  # whatever a visitor has sent of these does not go through


def test_the_container_serves_with_flags_that_there_are(tmp_path: Path) -> None:
    text = (FILES / "Containerfile").read_text(encoding="utf-8")
    (command,) = re.findall(r"^CMD (.*)$", text, re.MULTILINE)
    program, *words = json.loads(command)
    assert program == "roomcast"
    words[words.index("/rooms/rooms.db")] = str(tmp_path / "rooms.db")
    with Roomcast(*words, "--port", "0") as server:
        server.line("Roomcast ")


def test_a_copy_of_a_move_is_as_long_as_the_page_says(server: RunningServer) -> None:
    with Foreign(server) as reader, roomcast.join(server.address(), name="Katherine") as sender:
        reader.hello("reader")
        sender.send("move", 10, 0)
        length = len(json.dumps(reader.hear_next("do"), separators=(",", ":")))
    assert "about 80 bytes" in " ".join(PAGE.split())
    assert 70 < length < 90


@pytest.mark.parametrize(("players", "rate", "copies"), [(4, 10, "160"), (30, 10, "9,000"), (64, 30, "122,880")])
def test_the_copies_in_the_table_are_right(players: int, rate: int, copies: str) -> None:
    assert f"{players * players * rate:,}" == copies
    assert f"| {rate} | {copies} |" in PAGE
