"""What plain GETs cost: counted, not timed; and that whoever asks for too much waits while others do not."""

import socket

import pytest

from roomcast.core.server import prices
from roomcast.server import invitation
from tests.integration.conftest import RunningServer, charges
from tests.integration.test_http_port import HOST, request


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs of which QR codes were made."""
    urls: list[str] = []
    real = invitation.qr

    def note(url: str) -> bytes:
        urls.append(url)
        return real(url)

    monkeypatch.setattr(invitation, "qr", note)
    return urls


def test_a_qr_code_is_made_once(server: RunningServer, made: list[str]) -> None:
    for _ in range(20):
        assert request(server, "/qr.svg?path=/dots/red")[0] == 200
    assert len(made) == 1


@pytest.mark.parametrize(
    "path", ["/" + "a" * 390, "/nothing", "/dots/a/b", "//", "/../dots", "/qr.svg", "/rooms.json", "/%00", "/dots.html"]
)
def test_no_qr_code_is_made_for_what_is_no_page(server: RunningServer, made: list[str], path: str) -> None:
    assert request(server, f"/qr.svg?path={path}")[0] == 404
    assert made == []


def test_a_long_query_is_not_looked_through(server: RunningServer, made: list[str]) -> None:
    assert request(server, "/qr.svg?" + "&x" * 4_000 + "&path=/dots")[0] == 200
    assert made == [f"http://127.0.0.1:{server.port}/"]


@pytest.mark.parametrize(
    ("path", "at_least"),
    [
        ("/healthz", prices.PAGE),
        ("/roomcast/style.css", prices.PAGE + 9_000 * prices.BYTE_OUT),
        ("/qr.svg?path=/dots/anew", prices.PAGE + prices.QR_CODE),
        ("/code/nothing", prices.PAGE + prices.WRONG_CODE),
        ("/nothing", prices.PAGE),
    ],
)
def test_each_is_charged_what_it_costs(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, path: str, at_least: float
) -> None:
    charged = charges(server, monkeypatch)
    request(server, path)
    assert sum(charged) >= at_least


def test_who_has_asked_for_too_much_waits_and_others_do_not(server: RunningServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as greedy:

        def overdraw() -> None:
            now = server._driver._scheduler.now()
            account = server.directory.accounts.of("127.0.0.1", now)
            while account.wait(now) < 1:
                account.charge(10_000, now)

        server.ask(overdraw)
        greedy.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
        with socket.create_connection(
            ("127.0.0.1", server.port), timeout=10, source_address=("127.0.0.2", 0)
        ) as modest:
            modest.sendall(b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n")
            assert modest.recv(1000).startswith(b"HTTP/1.1 200 ")
        greedy.setblocking(False)
        with pytest.raises(BlockingIOError):
            greedy.recv(1)
        greedy.settimeout(10)
        assert greedy.recv(1000).startswith(b"HTTP/1.1 200 ")
