"""`roomcast bench`: what it prints, for people and for programs."""

import json
import subprocess

import pytest

from tests.cli.roomcast_program import ANYWHERE, ROOMCAST, Roomcast, said

pytestmark = pytest.mark.takes(10)

SMALL = ("--rooms", "1", "--players", "4", "--rate", "400", "--seconds", "0.5")


def bench(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([ROOMCAST, "bench", *words], capture_output=True, text=True, timeout=100, check=False)


def test_it_says_what_a_rate_costs() -> None:
    ran = bench("a", *SMALL)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("A  one room of 100, all send, changed: 1 of 4\n   copies/s     p50     p99")
    assert "\n        400 " in ran.stdout
    assert "\nEvery copy arrived, in order.\n" in ran.stdout


def test_it_says_it_to_programs_too() -> None:
    ran = bench("A", *SMALL, "--processes", "2", "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    (outcome,) = json.loads(ran.stdout)
    (step,) = outcome["steps"]
    assert (step["commands"], step["copies"], step["whole"]) == (50, 200, True)
    assert outcome["workload"]["letter"] == "A"


def test_a_room_of_100_gets_every_copy_in_order() -> None:
    ran = bench("A", "--rate", "200000", "--seconds", "1", "--json")
    assert ran.returncode == 0, ran.stderr
    (outcome,) = json.loads(ran.stdout)
    (step,) = outcome["steps"]
    assert (step["commands"], step["copies"], step["whole"]) == (2_000, 200_000, True)


def test_it_measures_a_server_that_runs_already() -> None:
    with Roomcast("serve", *ANYWHERE) as server:
        ran = bench("A", *SMALL, "--server", f"127.0.0.1:{server.port}", "--json")
    assert ran.returncode == 0, ran.stderr
    (outcome,) = json.loads(ran.stdout)
    assert outcome["steps"][0]["whole"]
    assert outcome["steps"][0]["user"] is None  # who knows on which computer it runs


def test_a_server_that_lets_nobody_in_is_told_in_its_own_words() -> None:
    with Roomcast("serve", *ANYWHERE, "--room-players", "2") as server:
        ran = bench("A", *SMALL, "--server", f"127.0.0.1:{server.port}")
    assert ran.returncode == 1
    assert "(setting: room-players)" in ran.stderr


def test_what_cannot_be_is_said_in_one_sentence() -> None:
    code, text = said("bench", "Z")
    assert code == 2
    assert "there is no workload 'Z': choose from A, B, C, D, E, F, P" in text
    code, text = said("bench", "--server", "127.0.0.1:1", "--serve", "--pace 0")
    assert code == 2
    assert "leave out either --serve or --server" in text


def test_it_draws_a_picture(tmp_path_factory) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path_factory.mktemp("plots") / "rates.png"
    ran = bench("A", *SMALL, "--plot", str(file))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert file.read_bytes().startswith(b"\x89PNG")
