"""`roomcast serve --allow-host`, `--allow-origin`, `--trusted-proxy`: as flags, in the environment, in a file."""

import http.client
from pathlib import Path

import pytest

from tests.cli.roomcast_program import ANYWHERE, Roomcast, said

FLAGS = ["--allow-host", "play.example.org", "--allow-host", "*.example.net"]
FLAGS += ["--allow-origin", "http://localhost:5173", "--allow-origin", "https://example.org"]
FLAGS += ["--trusted-proxy", "127.0.0.0/8", "--trusted-proxy", "::1"]
ENVIRONMENT = {
    "ROOMCAST_ALLOW_HOST": "play.example.org *.example.net",
    "ROOMCAST_ALLOW_ORIGIN": "http://localhost:5173 https://example.org",
    "ROOMCAST_TRUSTED_PROXY": "127.0.0.0/8 ::1",
}
FILE = """
allow-host = ["play.example.org", "*.example.net"]
allow_origin = ["http://localhost:5173", "https://example.org"]
trusted-proxy = ["127.0.0.0/8", "::1"]
"""


@pytest.mark.parametrize("way", ["flags", "environment", "file"])
def test_they_can_be_set_in_each_way(way: str, tmp_path: Path) -> None:
    file = tmp_path / "roomcast.toml"
    file.write_text(FILE)
    words = {"flags": FLAGS, "environment": [], "file": ["--config", str(file)]}[way]
    with Roomcast("serve", *ANYWHERE, *words, **(ENVIRONMENT if way == "environment" else {})) as server:

        def get(**fields: str) -> tuple[int, str, str]:
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
            try:
                connection.request(
                    "GET", "/rooms.json", headers={name.replace("_", "-"): v for name, v in fields.items()}
                )
                answer = connection.getresponse()
                return answer.status, answer.headers.get("Access-Control-Allow-Origin", ""), answer.read().decode()
            finally:
                connection.close()

        assert get(Host="play.example.org")[0] == get(Host="a.example.net")[0] == 200
        assert get(Host="example.net")[0] == 421
        for origin in ("http://localhost:5173", "https://example.org"):
            assert get(Origin=origin)[1] == origin
        assert '"https://a.example.net"' in get(X_Forwarded_Host="a.example.net", X_Forwarded_Proto="https")[2]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--allow-host", "https://example.org"], "--allow-host: 'https://example.org' is no name: "),
        (["--allow-origin", "localhost:5173"], "--allow-origin: 'localhost:5173' is no origin: "),
        (["--trusted-proxy", "proxy"], "--trusted-proxy: 'proxy' is no address: "),
    ],
)
def test_what_makes_no_sense_is_one_sentence(words: list[str], says: str) -> None:
    code, sentence = said("serve", *ANYWHERE, *words)
    assert code == 1
    assert sentence.startswith(f"roomcast: {says}")
    assert len(sentence.splitlines()) == 1
