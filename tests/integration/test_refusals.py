"""Whatever the HTTP port refuses in plain text ends in a link to its help topic, whose entry quotes the sentence."""

from __future__ import annotations

import ast
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import roomcast
from roomcast.cli.help import entries
from roomcast.help_topics import link, page_link
from roomcast.server import learn_pages
from roomcast.server.access import AccessSettings
from roomcast.transports.http_connection import HttpConnection
from tests.errors.test_mistakes import quotes
from tests.integration.conftest import RunningServer
from tests.integration.foreign_server import raw_server
from tests.integration.test_http_port import HOST, KEY, UPGRADE, VERSION, status, talk
from tests.programs import TOP

Start = Callable[..., RunningServer]
SOURCES = TOP / "src" / "roomcast"
GET = b"GET / HTTP/1.1\r\n"

# (request, status, topic)
REFUSED = [
    # who may ask
    (GET + b"Host: evil.example\r\n", 421, "not-let-in"),
    (GET + HOST + b"Origin: http://evil.example\r\n" + UPGRADE + VERSION + KEY, 403, "not-let-in"),
    # what is not there
    (b"GET /nothing HTTP/1.1\r\n" + HOST, 404, "no-page"),
    (b"GET /learn/nothing HTTP/1.1\r\n" + HOST, 404, "no-page"),
    (b"GET /code/KXRH HTTP/1.1\r\n" + HOST, 404, "wrong-code"),
    (b"GET /qr.svg?path=/nothing HTTP/1.1\r\n" + HOST, 404, "no-page"),
    # what is not taken
    (b"GET /qr.svg?path=nothing HTTP/1.1\r\n" + HOST, 400, "request"),
    (b"\x16\x03\x01", 400, "request"),
    (b"\r\n" * 9, 400, "request"),
    (GET + HOST + b"X: " + b"x" * 20_000 + b"\r\n", 431, "request"),
    (GET + HOST + b"X: 1\r\n" * 100, 431, "request"),
    (b"GET /\r\n" + HOST, 400, "request"),
    (b"GET / HTTP\r\n" + HOST, 400, "request"),
    (b"GET / HTTP/2.0\r\n" + HOST, 505, "request"),
    (b"POST / HTTP/1.1\r\n" + HOST, 405, "request"),
    (b"BREW / HTTP/1.1\r\n" + HOST, 501, "request"),
    (GET + b"No colon\r\n", 400, "request"),
    (GET + HOST + b"Content-Length: x\r\n", 400, "request"),
    (GET + HOST + b"Content-Length: 2\r\n", 400, "request"),
    (GET, 400, "request"),
    (GET + b"Host: a b\r\n", 400, "request"),
    (b"GET http://a@b/ HTTP/1.1\r\n" + HOST, 400, "request"),
    (b"GET nothing HTTP/1.1\r\n" + HOST, 400, "request"),
    (GET + HOST + b"Upgrade: websocket\r\n" + VERSION + KEY, 400, "request"),
    (GET + HOST + UPGRADE + VERSION, 400, "request"),
    (GET + HOST + UPGRADE + KEY, 426, "request"),
]


@pytest.fixture
def docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The docs that servers have."""
    folder = tmp_path / "learn"
    folder.mkdir()
    (folder / "index.html").write_text("<h1>Roomcast</h1>", encoding="utf-8")
    monkeypatch.setattr(learn_pages, "built_site", lambda: folder)
    return folder


def refusal(answer: bytes) -> tuple[str, str]:
    """The sentence of a refusal in plain text, and the link in which it ends."""
    fields, _, body = answer.decode().partition("\r\n\r\n")
    assert "\r\nContent-Type: text/plain; charset=utf-8" in fields
    assert f"\r\nContent-Length: {len(body.encode())}" in fields
    sentence, link = re.fullmatch(r"(.+) (\(help: [^()]+\))\n", body).groups()  # type: ignore[union-attr]
    return sentence, link


def check(answer: bytes, code: int, topic: str) -> str:
    """The sentence of a refusal that is as it should be."""
    sentence, end = refusal(answer)
    assert status(answer) == code
    assert end == (link(topic) if code == 421 else page_link(topic))
    assert any(one.fullmatch(sentence) for one in quotes(entries()[topic])), f"docs/troubleshooting.md: {sentence}"
    return sentence


def turned_away(server: RunningServer, why: str) -> bytes:
    """What a server behind a proxy says to a client that has too many sockets, or has used too much of its time."""
    client = "203.0.113.1" if why == "sockets" else "203.0.113.2"

    def spend() -> None:
        account = server.directory.accounts.of(client, time.time())
        if why == "sockets":
            account.sockets += server.directory.limits.connections_address
        else:
            account.charge(1e12, time.time())

    server.ask(spend)
    return talk(server, GET + HOST + f"X-Forwarded-For: {client}\r\n\r\n".encode())


def broken(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """What a server says where its own code fails."""

    def fail(*_: object) -> None:
        raise ValueError("on purpose")

    with monkeypatch.context() as patch:
        patch.setattr(HttpConnection, "_response", fail)
        return talk(server, GET + HOST + b"\r\n")


MAKERS = {"text_response": 1, "_text": 1, "_refused": 1, "BadHead": 1, "_bad": 0}  # which argument is the sentence


def sentences_in_the_sources() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Where each sentence of a refusal stands in the sources, and the sentence as a pattern."""
    for file in [*(SOURCES / "server").glob("*.py"), *(SOURCES / "transports").glob("*.py")]:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for call in ast.walk(tree):
            if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in MAKERS):
                continue
            if len(call.args) > MAKERS[call.func.id]:
                said = call.args[MAKERS[call.func.id]]
                for one in values_of(said.id, tree) if isinstance(said, ast.Name) else [said]:
                    if isinstance(one, ast.Constant | ast.JoinedStr):
                        yield f"{file.name}:{call.lineno}", pattern(one)


def values_of(name: str, tree: ast.Module) -> Iterator[ast.expr]:
    """What is assigned to a name in a file."""
    for one in ast.walk(tree):
        targets = one.targets if isinstance(one, ast.Assign) else [one.target] if isinstance(one, ast.AnnAssign) else []
        if any(isinstance(target, ast.Name) and target.id == name for target in targets):
            value = one.value  # type: ignore[attr-defined]
            if value is not None:
                yield value


def pattern(said: ast.Constant | ast.JoinedStr) -> re.Pattern[str]:
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    return re.compile("".join(re.escape(one.value) if isinstance(one, ast.Constant) else ".*" for one in parts))


def test_every_refusal_ends_in_a_link_to_the_entry_that_quotes_it(
    docs: Path, start_server: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start_server()
    said = [check(talk(server, lines + b"\r\n"), code, topic) for lines, code, topic in REFUSED]
    said.append(check(broken(server, monkeypatch), 500, "room-broken"))
    proxied = start_server(access=AccessSettings(proxies=("127.0.0.1",)))
    said.extend(check(turned_away(proxied, why), 503, "server-full") for why in ("sockets", "time"))
    learn = b"GET /learn/ HTTP/1.1\r\n" + HOST + b"\r\n"
    (docs / "index.html").unlink()
    said.append(check(talk(server, learn), 404, "install"))
    docs.rmdir()
    monkeypatch.setattr(learn_pages.LearnPages, "_is_built", lambda pages: True)  # a moment ago
    said.append(check(talk(server, learn), 503, "no-page"))

    untried = [where for where, one in sentences_in_the_sources() if not any(map(one.fullmatch, said))]
    assert untried == [], "give each a request in REFUSED"


def test_where_the_docs_were_not_built_the_link_is_the_command(docs: Path, start_server: Start) -> None:
    (docs / "index.html").unlink()
    answer = talk(start_server(), b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n")
    assert refusal(answer) == ("There is no such page here. The front page is at /.", link("no-page"))


def test_the_head_of_a_refusal_counts_the_link(docs: Path, start_server: Start) -> None:
    server = start_server()
    whole, head = (talk(server, one + b" /nothing HTTP/1.1\r\n" + HOST + b"\r\n") for one in (b"GET", b"HEAD"))
    assert head + whole.partition(b"\r\n\r\n")[2] == whole


def test_what_a_program_quotes_ends_in_one_link(docs: Path, start_server: Start) -> None:
    """The server's own link leads a browser; a program says the command."""
    for end in (link("not-let-in"), page_link("not-let-in")):
        body = f"a page of x may not connect to this server {end}\n"
        answer = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"

        def say(connection: socket.socket, answer: bytes = answer.encode()) -> None:
            connection.sendall(answer)

        with raw_server(say) as address, pytest.raises(roomcast.CannotConnect) as failure:
            roomcast.join(address)
        text = str(failure.value)
        assert "may not connect to this server - it does" in text
        assert text.count("(help: ") == 1
        assert text.endswith(link("not-let-in"))
