"""`roomcast doctor` on networks that are made for the test: what it finds, and what to do about it."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.networks import Computer, lan
from tests.waiting import wait_for

pytestmark = [pytest.mark.takes(18), pytest.mark.usefixtures("own_networks")]

SERVE = ("-m", "roomcast", "serve", "--no-starter")
NO_LOOK = {"ROOMCAST_NO_DISCOVERY": "1"}  # where a test is not about finding each other: looking takes seconds
LISTEN = "from socket import create_server; s = create_server(('0.0.0.0', 8112)); print('up', flush=True); input()"


@pytest.fixture
def computers() -> Iterator[list[Computer]]:
    with lan("lab-pc", "red-pc") as made:
        yield made


class Report:
    """What a doctor printed as JSON, and its exit code."""

    def __init__(self, computer: Computer, *words: str, **environment: str) -> None:
        ended = computer.roomcast("doctor", "--json", *words, **environment)
        assert ended.stderr == ""
        self.code = ended.returncode
        self.findings = json.loads(ended.stdout)

    def of(self, topic: str) -> list[tuple[str, str, str]]:
        """The level, the words, and what to do, of each finding under a heading."""
        return [(one["level"], one["words"], one["todo"]) for one in self.findings if one["topic"] == topic]

    def levels(self) -> set[str]:
        return {one["level"] for one in self.findings}


def test_where_all_is_well_it_says_so_and_shows_what_others_type(computers: list[Computer]) -> None:
    lab, red = computers
    with lab.start(*SERVE) as server:
        server.line("  Room code")
        report = Report(lab)
        assert report.code == 0
        assert report.levels() == {"good", "note"}
        assert report.of("Addresses") == [("good", "10.99.0.1:8112 on eth0: others on that network type this", "")]
        port = report.of("The port")
        assert port[0][1] == "a server runs on port 8112; its players: 0"
        assert port[1][:2] == ("good", "the server answers at 10.99.0.1:8112")
        assert port[2][2] == "there: roomcast doctor 10.99.0.1:8112"
        finding = [words for _, words, _ in report.of("Finding each other")]
        assert finding[0] == "multicast works on this computer: it hears its own announcement"

        def found() -> bool:
            found = Report(red).of("Finding each other")
            return ("good", "found a server: lab-pc at 10.99.0.1:8112", "") in found

        wait_for(found, 30)


def test_it_names_the_versions_that_a_question_to_others_needs(computers: list[Computer]) -> None:
    words = " ".join(words for _, words, _ in Report(computers[0], **NO_LOOK).of("This computer"))
    for part in (
        r"Roomcast \d",
        r"Python 3\.\d+",
        r"picows \d",
        r"zeroconf \d",
        r"uvloop \d",
        r"SQLite 3\.\d",
        r"open files: \d",
    ):
        assert re.search(part, words), part


def test_without_a_server_it_tries_the_port_itself(computers: list[Computer]) -> None:
    lab, _ = computers
    port = Report(lab, **NO_LOOK).of("The port")
    assert port[0] == ("note", "no server runs on port 8112 here", "start one: roomcast serve")
    assert port[1][:2] == ("good", "a server that was started for this test answers at 10.99.0.1:8112")
    elsewhere = Report(lab, "--port", "9000", **NO_LOOK).of("The port")
    assert elsewhere[1][1] == "a server that was started for this test answers at 10.99.0.1:9000"


def test_a_server_for_this_computer_alone_keeps_everybody_out(computers: list[Computer]) -> None:
    lab, _ = computers
    with lab.start(*SERVE, "--host", "127.0.0.1") as server:
        server.line("  Room code")
        report = Report(lab, **NO_LOOK)
        assert report.code == 1
        sentence = "the server answers on this computer only, not at its other addresses"
        assert ("broken", sentence, "start it without --host 127.0.0.1") in report.of("The port")


def test_another_program_on_the_port_is_noticed(computers: list[Computer]) -> None:
    lab, red = computers
    with lab.start("-c", LISTEN, typed=True) as other:
        other.line("up")
        report = Report(lab, **NO_LOOK)
        assert report.code == 1
        assert report.of("The port")[0] == (
            "broken",
            "what listens on port 8112 answers nothing: no Roomcast server, or one that has too much to do",
            "end it, or start yours elsewhere: roomcast serve --port 8113",
        )
        assert Report(red, "10.99.0.1", **NO_LOOK).of("From here to the server")[1][:2] == (
            "broken",
            "what listens at 10.99.0.1:8112 answers nothing: no Roomcast server, or one that has too much to do",
        )


def test_a_firewall_is_named_with_what_to_tell_it(computers: list[Computer]) -> None:
    lab, _ = computers
    lab.close_by_default()
    warnings = [one for one in Report(lab, **NO_LOOK).of("The port") if one[0] == "warning"]
    assert [words for _, words, _ in warnings] == ["nftables is on, and may keep others out"]
    assert "TCP port 8112" in warnings[0][2]


def test_without_multicast_it_says_what_that_means(computers: list[Computer]) -> None:
    lab, _ = computers
    lab.close("udp dport 5353")
    report = Report(lab)
    assert report.code == 0  # an address still works
    echo, nobody = report.of("Finding each other")
    assert echo[:2] == (
        "warning",
        "this computer does not hear its own announcement, so others will not find its servers by name",
    )
    assert "UDP port 5353" in echo[2]
    assert "guest Wi-Fi" in nobody[1]
    assert "type the address" in nobody[2]


def test_on_no_network_nobody_gets_in(computers: list[Computer]) -> None:
    lab, _ = computers
    lab.unplug()
    report = Report(lab, **NO_LOOK)
    assert report.code == 1
    ((level, words, todo),) = report.of("Addresses")
    assert (level, words) == ("broken", "this computer is on no network, so nobody else can reach it")
    assert "hotspot" in todo


def test_who_may_not_look_is_told_that_nobody_looked(computers: list[Computer]) -> None:
    report = Report(computers[0], ROOMCAST_NO_DISCOVERY="1")
    ((level, words, _),) = report.of("Finding each other")
    assert level == "note"
    assert "ROOMCAST_NO_DISCOVERY is set" in words


# ---------------------------------------------------------------------- from there to here


def test_the_way_to_a_server_is_tried(computers: list[Computer]) -> None:
    lab, red = computers
    with lab.start(*SERVE) as server:
        server.line("  Room code")
        report = Report(red, "10.99.0.1:8112", **NO_LOOK)
        assert report.code == 0
        same, answers = report.of("From here to the server")
        assert same[1] == "10.99.0.1 is on the same network"
        assert re.fullmatch(r"a server answers at 10\.99\.0\.1:8112 in \d+\.\d ms; rooms: none open yet", answers[1])


@pytest.mark.parametrize(
    ("closed", "server", "says"),
    [
        ("", "10.99.0.1", "the computer is there, but refuses at 10.99.0.1:8112"),
        ("", "10.99.0.1:9000/dots", "the computer is there, but refuses at 10.99.0.1:9000"),
        ("tcp dport 8112", "10.99.0.1", "nothing comes back from 10.99.0.1:8112"),
        ("", "10.1.2.3", "no way to 10.1.2.3:8112: Network is unreachable"),
        ("", "no.such.computer.invalid", "no computer called 'no.such.computer.invalid' is known here"),
    ],
    ids=["refused", "another port", "dropped", "no way", "no name"],
)
def test_what_is_in_the_way_is_told_apart(computers: list[Computer], closed: str, server: str, says: str) -> None:
    lab, red = computers
    if closed:
        lab.close(closed)
    report = Report(red, server, **NO_LOOK)
    assert report.code == 1
    (broken,) = [one for one in report.of("From here to the server") if one[0] == "broken"]
    assert broken[1].startswith(says)
    assert broken[2]


# ---------------------------------------------------------------------- for people


def test_for_people_each_finding_has_a_sign_and_the_last_line_says_how_it_stands(computers: list[Computer]) -> None:
    lab, _ = computers
    lab.unplug()
    ended = lab.roomcast("doctor", COLUMNS="100")
    assert ended.returncode == 1
    lines = ended.stdout.splitlines()
    assert "Addresses" in lines
    place = lines.index("  ✗ this computer is on no network, so nobody else can reach it")
    assert lines[place + 1].startswith("    → join a Wi-Fi")
    assert lines[-1] == "1 thing keeps others out: see ✗ above."
    assert "\x1b" not in ended.stdout
    assert all(line == line.rstrip() for line in lines)
