"""A credential is in no log, trace, error, recording, list or page, nor on disk; what is known, on disk alone."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import connect

import roomcast
from tests.cli.roomcast_program import ROOMCAST, Roomcast
from tests.integration.test_durable import Serving
from tests.waiting import TOO_LONG, wait_for

pytestmark = pytest.mark.takes(15)

KNOWN = "marked-known"
RIGHT, WRONG = "marked-right:471147114711-sesame", "marked-wrong:081508150815-sesame"
# The digits are so many that no time has them by chance.
PARTS = ("marked-right", "marked-wrong", "471147114711", "081508150815", "sesame")
RULES = f'''
from roomcast.server import Reject, Room


def ask(credential, account):
    try:
        return int(credential.partition(":")[2])
    except ValueError as error:
        raise LookupError(f"{{credential!r}} has no account {{account}}") from error


class Club(Room):
    relays = ("say",)

    @staticmethod
    def on_auth(name, credential, options):
        if name == "fails":
            return {{"id": ask(credential, name)}}
        if name == "quotes":
            raise Reject(f"{{credential}} is wrong")
        if name == "returns":
            return {{credential: {{1, 2}}}}
        if name == "nothing":
            return None
        if credential != "{RIGHT}":
            return False
        return {{"mark": "{KNOWN}"}}

    def on_fail(self, player):
        raise ValueError("seen by the maker")


class Later(Club):
    @staticmethod
    async def on_auth(name, credential, options):
        return {{"id": ask(credential, name)}}
'''


def get(server: Serving, path: str) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port}{path}", timeout=TOO_LONG) as answer:
        return str(answer.read().decode())


def refused(server: Serving, name: str, credential: str, room: str = "club") -> str:
    with pytest.raises(roomcast.CannotConnect) as caught:
        roomcast.join(server.address(room), name=name, credential=credential, timeout=TOO_LONG)
    return f"{caught.value} {caught.value!r}"


def typed(server: Serving, name: str, credential: str, lines: str) -> subprocess.CompletedProcess[str]:
    """`roomcast join`, with these lines as its input."""
    return subprocess.run(
        [ROOMCAST, "join", server.address("club"), "--name", name],
        env={"PATH": "/usr/bin:/bin", "ROOMCAST_CREDENTIAL": credential},
        input=lines,
        capture_output=True,
        text=True,
        timeout=TOO_LONG,
        check=False,
    )


def watches(server: Serving, stack: ExitStack) -> Any:
    socket = stack.enter_context(connect(f"ws://127.0.0.1:{server.port}/", subprotocols=["roomcast.1"]))  # type: ignore[list-item]
    socket.send(json.dumps({"t": "watch", "room": "club", "v": [1, 2], "token": "a long token"}))
    return socket


def test_it_is_written_nowhere(tmp_path: Path) -> None:
    (tmp_path / "club.py").write_text(RULES)
    record = tmp_path / "record.jsonl"
    said: list[str] = []
    with ExitStack() as stack:
        server = Serving(
            tmp_path / "rooms.db", "--level", "full", "--show", "--token", "a long token", str(tmp_path / "club.py")
        )
        stack.callback(lambda: server.program.stop())
        said += [refused(server, name, WRONG) for name in ("fails", "quotes", "returns", "nothing", "red", WRONG[:0])]
        said.append(refused(server, "fails", WRONG, "later"))
        wait_for(lambda: any("LookupError" in line for line in server.program.lines))
        ada = stack.enter_context(roomcast.join(server.address("club"), name="Ada", credential=RIGHT))
        watcher = watches(server, stack)
        recorder = stack.enter_context(
            Roomcast("record", server.address("club"), str(record), ROOMCAST_CREDENTIAL=RIGHT)
        )
        recorder.line("Recording")
        joined = typed(server, "Alan", RIGHT, "hello everybody\n/fail\n")
        wrong = typed(server, "Grace", WRONG, "")
        assert joined.returncode == 0, joined.stderr
        assert "do not let you in" in wrong.stderr
        said += [joined.stdout, joined.stderr, wrong.stdout, wrong.stderr]
        said += [get(server, path) for path in ("/rooms.json", "/healthz", "/")]
        ada.leave()
        seen = ""
        while '"t":"leave"' not in seen or "hello everybody" not in seen:
            seen += str(watcher.recv(timeout=TOO_LONG))
        recorder.signal(2)
        recorder.wait()
        said += [seen, *recorder.lines, record.read_text()]
        server.stop()
        said += server.program.lines
    text = "\n".join(said)
    assert "seen by the maker" in text, "the maker reads what fails elsewhere"
    assert "club.py" in text
    assert "of a credential" in text
    assert "has no account fails" not in text
    for part in (*PARTS, KNOWN):
        assert part not in text, part
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("rooms.db*"))
    assert KNOWN.encode() in kept
    for part in PARTS:
        assert part.encode() not in kept, part
