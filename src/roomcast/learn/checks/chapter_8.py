"""Exercise 8: the learner's settings of a server for the internet, behind a proxy that speaks TLS."""

from __future__ import annotations

import http.client
import re
import tomllib
from collections.abc import Iterator
from contextlib import closing
from typing import Any, Final

from roomcast.client.game import join
from roomcast.errors import RoomcastError
from roomcast.learn.check_bench import Bench
from roomcast.learn.learner_program import LearnerProgram

FILE: Final = "roomcast.toml"
STEPS: Final = (
    "It is a file of settings that roomcast serve reads",
    "Only the proxy reaches the server",
    "The server answers under its name, and under no other",
    "The proxy is believed when it says for whom it asks",
    "No secret is in the file",
    "It does not do what nobody on the internet needs",
    "A server starts with it, and lets players in",
)
NAME: Final = "play.example.org"  # the name that the exercise gives to the server
_ADDRESS: Final = re.compile(r'roomcast\.join\(".*?:(\d+)/')  # what a server prints when it starts
_READ: Final = "I read the file."
_LAST_PORT: Final = 65535


def check(bench: Bench) -> Iterator[None]:
    settings = _settings(bench)
    arguments = ["serve", "--config", str(bench.file), "--port", "0"]
    folder = bench.folder()
    if settings.get("keep"):
        arguments += ["--keep", str(folder / "rooms.db")]  # never the learner's own file
    if isinstance(site := settings.get("site"), str):
        arguments += ["--site", str(bench.file.resolve().parent / site)]  # from where the learner would start it
    server = bench.run(*arguments, module="roomcast", folder=folder, environment={"ROOMCAST_NO_ANNOUNCE": "1"})
    port = _listening(bench, server)
    own = str(settings.get("port", port))  # which the server was not given here, for it may be taken
    if not own.isdecimal() or int(own) > _LAST_PORT:
        bench.missing(
            "roomcast serve does not start with this file.",
            tried=_READ,
            saw=f"port is {own}.",
            expected=f"a whole number from 1 to {_LAST_PORT}, or no port: then it is 8112.",
            hint="The proxy has to know it, too.",
        )
    yield

    host = str(settings.get("host", ""))
    if host not in ("127.0.0.1", "localhost", "::1"):
        bench.missing(
            "Everybody on the network reaches the server past the proxy.",
            tried=_READ,
            saw=f"host is {host!r}." if host else "there is no host: then the server listens on all addresses.",
            expected='host = "127.0.0.1"',
            hint="The proxy is on the same computer. Who comes past it comes without TLS, and can claim to be anybody.",
        )
    yield

    names = _several(settings.get("allow_host"))
    if NAME not in names or "*" in names:
        bench.missing(
            "The server answers under any name." if "*" in names else "The server does not know its own name.",
            tried=_READ,
            saw=f"allow-host is {settings['allow_host']!r}." if names else "there is no allow-host.",
            expected=f'allow-host = "{NAME}"',
            hint="Browsers say by which name they ask. A server that answers under any name can be reached by pages of "
            "strangers; one that does not know its own refuses its visitors.",
        )
    yield

    if "127.0.0.1" not in (proxies := _several(settings.get("trusted_proxy"))):
        bench.missing(
            "The server does not believe its proxy.",
            tried=_READ,
            saw=f"trusted-proxy is {', '.join(proxies)}." if proxies else "there is no trusted-proxy.",
            expected='trusted-proxy = "127.0.0.1"',
            hint="All visitors come from the proxy's address. What counts by address (connections, rooms, commands) "
            "would count them all as one, and refuse most of them.",
        )
    yield

    if "token" in settings:
        bench.missing(
            "The token is in the file.",
            tried=_READ,
            saw="there is a line with token.",
            expected="no token in the file.",
            hint="Files are copied, shared and shown. Put it into the environment of the service: ROOMCAST_TOKEN.",
        )
    yield

    for key, why in (
        ("no_announce", "Announcing is for the network at home; a server on the internet is found by its name."),
        ("no_starter", "The starter port speaks without TLS, to programs without a name: it is for a class room."),
    ):
        if settings.get(key) is not True:
            flag = key.replace("_", "-")
            bench.missing(
                f"The file does not say {flag}.",
                tried=_READ,
                saw=f"{flag} is {settings[key]!r}." if key in settings else f"there is no {flag}.",
                expected=f"{flag} = true",
                hint=why,
            )
    yield

    _lets_in(bench, port)
    yield


def _settings(bench: Bench) -> dict[str, Any]:
    try:
        settings = tomllib.loads(bench.file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        bench.missing(
            "That is no file in TOML.",
            tried=_READ,
            saw=str(error) if isinstance(error, ValueError) else "its lists are nested too deeply.",
            expected='lines such as host = "127.0.0.1", with words in quotes, and numbers, true and false without.',
            hint="The message says in which line it is. Notes begin with #.",
        )
    return {key.replace("-", "_"): value for key, value in settings.items()}


def _listening(bench: Bench, server: LearnerProgram) -> int:
    tried = f"I ran roomcast serve --config {bench.file.name}, on a free port."
    bench.wait(lambda: _ADDRESS.search(server.output) or server.exit_code is not None or None, bench.starting)
    if server.exit_code is not None:
        server.wait(bench.patience)
        bench.programs.remove(server)  # its own words are in the next lines
        words = server.output.strip().partition("(help:")[0].removeprefix("roomcast: ")
        bench.missing(
            "roomcast serve does not start with this file.",
            tried=tried,
            saw=words,
            expected="a server that listens.",
            hint="Each key is a flag without its dashes: roomcast serve --help lists them all.",
        )
    found = bench.expect(
        lambda: _ADDRESS.search(server.output),
        "roomcast serve does not say where it listens.",
        tried=tried,
        saw="it printed no address.",
        expected="the addresses that it prints when it starts.",
        hint="Is there quiet = true in the file? Leave it out for the check.",
    )
    return int(found[1])


def _lets_in(bench: Bench, port: int) -> None:
    answers = {name: _asked(port, name) for name in (NAME, "evil.example")}
    if answers[NAME] != 200 or answers["evil.example"] == 200:
        bench.missing(
            "The server does not answer as it should.",
            tried=f"I asked for its page as the proxy does, under {NAME} and under evil.example.",
            saw=f"it answered {answers[NAME]} and {answers['evil.example']}.",
            expected="200 for its own name, and a refusal for the other.",
            hint="Look at allow-host and trusted-proxy once more.",
        )
    try:
        join(f"127.0.0.1:{port}/dots", name="Ada", timeout=bench.patience).leave()
    except RoomcastError as error:
        bench.missing(
            "The server lets no player in.",
            tried="Ada joined the room dots.",
            saw=str(error),
            expected="Ada in the room.",
            hint="Is one of the limits in the file too low?",
        )


def _asked(port: int, name: str) -> int:
    """The status with which the server answers a browser that asks under this name, through the proxy."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        try:
            connection.request("GET", "/", headers={"Host": name, "X-Forwarded-For": "192.0.2.7"})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0


def _several(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(one) for one in value] if isinstance(value, list) else str(value).replace(",", " ").split()
