"""Computers on one network find each other, and where they cannot, people are told what to do.

The network is made for the test: two or three computers (network namespaces) at a switch.
"""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.networks import Computer, lan
from tests.programs import Program
from tests.waiting import wait_for

pytestmark = [pytest.mark.takes(55), pytest.mark.usefixtures("own_networks")]

SERVE = ("-m", "roomcast", "serve", "--no-starter")
NAMES = "from roomcast.discovery import browse; print(*(one.name for one in browse.find_announced({}, {})), sep=',')"
UNASKED = """
import sys, zeroconf
ask = zeroconf.Zeroconf.async_check_service
async def not_at_first(*args, **options):
    zeroconf.Zeroconf.async_check_service = ask
zeroconf.Zeroconf.async_check_service = not_at_first
sys.argv[:1] = ["roomcast", "serve", "--no-starter"]
from roomcast.cli import main
main()
"""
LOOK_UNTIL_GONE = """
import asyncio
from roomcast.discovery import browse
async def main():
    browser = browse.Browser()
    endpoint = browser.listen(browse.networks.for_multicast(), alone=False)
    while not browser.found:
        await asyncio.sleep(0.01)
    print("found", *(one.name for one in browser.found.values()), flush=True)
    while browser.found:
        await asyncio.sleep(0.01)
    print("gone", flush=True)
    await endpoint.async_close()
asyncio.run(main())
"""
JOIN = """
import sys, roomcast
with roomcast.join(sys.argv[1], name="red") as room:
    print(room.name, [player.id for player in room.players])
"""
CONNECT = """
import asyncio, sys, roomcast
async def main():
    async with roomcast.connect(sys.argv[1], name="red") as room:
        print(room.name, [player.id for player in room.players])
asyncio.run(main())
"""


@pytest.fixture
def computers() -> Iterator[list[Computer]]:
    with lan("lab-pc", "red-pc", "blue-pc") as made:
        yield made


def seen_from(computer: Computer, seconds: float = 1.5, settle: float = 0.4) -> list[str]:
    """The servers that this computer finds."""
    ended = computer.python("-c", NAMES.format(seconds, settle))
    assert ended.returncode == 0, ended.stderr
    return sorted(name for name in ended.stdout.strip().split(",") if name)


def wait_until_seen(computer: Computer, *names: str) -> None:
    # A long look ends soon after it has found somebody; a short one would have to begin anew until all are there.
    wait_for(lambda: seen_from(computer, 10) == sorted(names), 60, f"{', '.join(names)} is found")


def joined(computer: Computer, where: str, program: str = JOIN) -> tuple[str, str]:
    """What a program that joins prints, and what it says about it."""
    ended = computer.python("-c", program, where)
    return ended.stdout.strip(), ended.stderr.strip()


def refused(computer: Computer, where: str = "dots") -> str:
    """Why a program cannot join, as its error says it."""
    ended = computer.python("-c", JOIN, where)
    assert ended.returncode == 1, ended.stdout
    _, found, sentence = ended.stderr.partition("roomcast.errors.CannotConnect: ")
    assert found, ended.stderr
    return sentence.strip()


def code_of(server: Program) -> str:
    return server.line("  Room code (dots)").strip()


# ---------------------------------------------------------------------- found


@pytest.mark.parametrize("program", [JOIN, CONNECT], ids=["game", "asyncio"])
def test_a_room_on_another_computer_is_found_by_its_name_and_by_its_code(
    computers: list[Computer], program: str
) -> None:
    lab, red, _ = computers
    with lab.start(*SERVE) as server:
        wait_until_seen(red, "lab-pc")
        assert joined(red, "dots", program) == ("dots ['red']", "Joining 'dots' on lab-pc (10.99.0.1:8112)")
        code = code_of(server)
        assert joined(red, code.lower(), program)[0] == "dots ['red']"


def test_a_server_on_this_computer_comes_first_and_what_the_environment_names_before_it(
    computers: list[Computer],
) -> None:
    lab, red, _ = computers
    with lab.start(*SERVE) as theirs, red.start(*SERVE) as ours:
        wait_until_seen(red, "lab-pc", "red-pc")
        code = code_of(theirs)
        assert joined(red, "dots") == ("dots ['red']", "")
        named = red.python("-c", JOIN, "dots", ROOMCAST_SERVER="10.99.0.1")
        assert (named.stdout.strip(), named.stderr) == ("dots ['red']", "")
        assert code != code_of(ours)
        assert joined(red, code)[1] == f"Joining {code!r} on lab-pc (10.99.0.1:8112)"  # for here nobody has that code


def test_of_several_servers_the_one_that_has_the_room_is_meant(computers: list[Computer]) -> None:
    lab, red, blue = computers
    with lab.start(*SERVE) as server, blue.start(*SERVE):
        wait_until_seen(red, "blue-pc", "lab-pc")
        why = refused(red)
        assert why.startswith(
            "there are 2 servers on this network, and none of them has the room 'dots' open. Say which one you mean:"
        )
        assert 'roomcast.join("10.99.0.1:8112/dots")   on lab-pc' in why
        assert 'roomcast.join("10.99.0.3:8112/dots")   on blue-pc' in why
        assert joined(red, code_of(server))[1].endswith("on lab-pc (10.99.0.1:8112)")  # that room need not be open
        with blue.start("-m", "roomcast", "join", "dots", "--name", "Ada", "--stay") as ada:
            ada.line("You are Ada")
            assert joined(red, "dots") == ("dots ['Ada', 'red']", "Joining 'dots' on blue-pc (10.99.0.3:8112)")
            with lab.start("-m", "roomcast", "join", "dots", "--name", "Alan", "--stay") as alan:
                alan.line("You are Alan")
                why = refused(red)
                assert why.startswith("2 servers on this network have the room 'dots' open. Say which one you mean:")
                assert "on lab-pc, 1 player" in why


def test_two_servers_on_one_computer_have_two_names(computers: list[Computer]) -> None:
    lab, red, _ = computers
    with lab.start(*SERVE):
        wait_until_seen(red, "lab-pc")
        with lab.start(*SERVE, "--port", "9000"):
            wait_until_seen(red, "lab-pc", "lab-pc-2")


def test_two_servers_that_did_not_hear_each_other_in_time_get_two_names_all_the_same(
    computers: list[Computer],
) -> None:
    """Each asks whether the name is free, and on a busy computer the answer comes too late."""
    lab, red, _ = computers
    with lab.start("-c", UNASKED), lab.start("-c", UNASKED, "--port", "9000"):
        wait_until_seen(red, "lab-pc", "lab-pc-2")


def test_a_whole_class_that_looks_at_once_finds_it(computers: list[Computer]) -> None:
    lab, red, blue = computers
    with lab.start(*SERVE), red.start(*SERVE, "--port", "9000"), ExitStack() as stack:
        wait_until_seen(blue, "lab-pc", "red-pc")
        looking = f"{NAMES.format(1.5, 1.5)}; import sys; sys.stdout.flush()"
        pupils = [stack.enter_context(red.start("-c", looking)) for _ in range(8)]
        for pupil in pupils:
            assert pupil.wait(60) == 0
            (line,) = pupil.lines
            assert sorted(line.split(",")) == ["lab-pc", "red-pc"]


def test_a_hosted_room_is_found_unless_it_does_not_want_to_be(computers: list[Computer]) -> None:
    lab, red, blue = computers
    hosting = (  # by a name: a room that nobody has any more is left
        "import time, roomcast\n"
        'room = roomcast.host("dots", name="Ada", {})\n'
        'print("hosts", flush=True)\n'
        "time.sleep(60)\n"
    )
    with lab.start("-c", hosting.format("")) as host, blue.start("-c", hosting.format("announce=False")) as quiet:
        host.line("hosts")
        quiet.line("hosts")
        wait_until_seen(red, "lab-pc")
        assert joined(red, "dots")[0] == "dots ['Ada', 'red']"


def test_a_server_says_goodbye_and_is_gone_at_once(computers: list[Computer]) -> None:
    lab, red, _ = computers
    with lab.start(*SERVE) as server:
        wait_until_seen(red, "lab-pc")
        with red.start("-c", LOOK_UNTIL_GONE) as long:  # remembers for minutes whom it has heard, but for a goodbye
            long.line("found lab-pc")
            server.stop()
            long.line("gone")


def test_a_computer_that_comes_onto_the_network_later_is_found_there(computers: list[Computer]) -> None:
    lab, red, _ = computers
    lab.unplug()
    with lab.start(*SERVE) as server:
        server.line("Roomcast ")
        assert seen_from(red) == []
        lab.plug_in()
        wait_until_seen(red, "lab-pc")
        assert joined(red, "dots")[0] == "dots ['red']"


# ---------------------------------------------------------------------- not found


def test_a_server_may_keep_quiet(computers: list[Computer]) -> None:
    lab, red, blue = computers
    with (
        lab.start(*SERVE, "--no-announce") as by_flag,
        lab.start(*SERVE, "--port", "9000", ROOMCAST_NO_ANNOUNCE="1") as by_environment,
        lab.start(*SERVE, "--port", "9001", "--host", "127.0.0.1") as for_here_alone,
        blue.start(*SERVE),
    ):
        for quiet in (by_flag, by_environment, for_here_alone):
            quiet.line("  Room code")  # the last line of its banner
            assert not quiet.all_lines("  On this network")
        wait_until_seen(red, "blue-pc")
        assert seen_from(red, 1.5, 1.5) == ["blue-pc"]  # which began later, and was heard long ago


def test_where_there_is_no_server_it_says_how_to_get_to_one(computers: list[Computer]) -> None:
    why = refused(computers[1])
    assert why.startswith(
        "found no server for the room 'dots': none on this computer (port 8112), and none on this net"
    )
    assert "Start one with 'roomcast serve'" in why
    assert 'roomcast.join("192.168.1.20:8112/dots")' in why
    assert "'roomcast doctor' says more" in why


def test_without_multicast_it_says_to_type_the_address_and_that_works(computers: list[Computer]) -> None:
    lab, red, _ = computers
    lab.close("udp dport 5353")
    with lab.start(*SERVE) as server:
        server.line("  On another computer")
        why = refused(red)
        assert "type the address that another one shows" in why
        assert "keep computers from finding each other though an address works" in why
        (typed,) = re.findall(r'"(.*)"', server.line("  On another computer"))
        assert joined(red, typed) == ("dots ['red']", "")


def test_a_server_that_is_heard_but_not_reached_is_named(computers: list[Computer]) -> None:
    lab, red, _ = computers
    lab.close("tcp dport 8112")
    with lab.start(*SERVE):
        wait_until_seen(red, "lab-pc")
        why = refused(red)
        assert why.startswith("lab-pc announces a server at 10.99.0.1:8112, but it does not answer: perhaps a firewall")


def test_on_no_network_it_says_so_and_a_server_serves_all_the_same(computers: list[Computer]) -> None:
    lab = computers[0]
    lab.unplug()
    assert "and this computer cannot look on the network: this computer is on no network." in refused(lab)
    with lab.start(*SERVE) as server:
        server.line("  On this computer")
        assert joined(lab, "dots")[0] == "dots ['red']"


def test_a_port_that_somebody_keeps_to_himself_is_said_once_and_a_server_serves_all_the_same(
    computers: list[Computer],
) -> None:
    lab, red, _ = computers
    selfish = (
        "from socket import *; s = socket(type=SOCK_DGRAM); s.bind(('', 5353)); print('mine', flush=True); input()"
    )
    with lab.start("-c", selfish, typed=True) as other:
        other.line("mine")
        with lab.start(*SERVE) as server:
            words = server.line("this server is not announced on the network, so others must type its address: ")
            assert words == "port 5353 (mDNS) is taken by a program that does not share it"
            assert joined(red, "10.99.0.1/dots") == ("dots ['red']", "")


def test_who_may_not_look_does_not(computers: list[Computer]) -> None:
    lab, red, _ = computers
    with lab.start(*SERVE):
        wait_until_seen(red, "lab-pc")
        ended = red.python("-c", JOIN, "dots", ROOMCAST_NO_DISCOVERY="1")
        assert "no server answers at 127.0.0.1:8112" in ended.stderr


# ---------------------------------------------------------------------- roomcast rooms


def test_rooms_lists_servers_and_who_is_there(computers: list[Computer]) -> None:
    lab, red, blue = computers
    with (
        lab.start(*SERVE) as server,
        blue.start(*SERVE),
        lab.start("-m", "roomcast", "join", code_of(server), "--name", "Ada", "--stay") as ada,
    ):
        ada.line("You are Ada")
        code = code_of(server)
        wait_until_seen(red, "blue-pc", "lab-pc")
        ended = red.roomcast("rooms", COLUMNS="100")
        assert ended.returncode == 0
        assert re.search(rf"lab-pc +10\.99\.0\.1:8112 +dots +{code} +1: Ada", ended.stdout)
        assert re.search(r"blue-pc +10\.99\.0\.3:8112 +no room is open", ended.stdout)
        assert f"roomcast join {code}" in ended.stdout
        listed = json.loads(red.roomcast("rooms", "--json").stdout)
        assert [(one["server"], one["address"]) for one in listed] == [
            ("blue-pc", "10.99.0.3:8112"),
            ("lab-pc", "10.99.0.1:8112"),
        ]
        ada_there = {"id": "Ada", "name": "Ada", "here": True}
        assert listed[1]["rooms"] == [{"name": "dots", "code": code, "players": [ada_there]}]
        by_itself = lab.roomcast("rooms", COLUMNS="100")
        assert len(re.findall(r"10\.99\.0\.1:8112|127\.0\.0\.1:8112", by_itself.stdout)) == 1


def test_rooms_says_what_to_do_where_there_are_none(computers: list[Computer]) -> None:
    ended = computers[0].roomcast("rooms")
    assert ended.returncode == 1
    assert "No server was found on this network." in ended.stdout
    assert "roomcast serve" in ended.stdout
    assert "roomcast doctor" in ended.stdout
    assert computers[0].roomcast("rooms", "--json").stdout == "[]\n"


def test_rooms_lists_a_server_that_is_here_or_named_also_without_multicast(computers: list[Computer]) -> None:
    lab, red, _ = computers
    lab.close("udp dport 5353")
    with lab.start(*SERVE) as server:
        server.line("Roomcast ")
        assert re.search(r"this computer +127\.0\.0\.1:8112", lab.roomcast("rooms").stdout)
        named = red.roomcast("rooms", ROOMCAST_SERVER="10.99.0.1").stdout
        assert re.search(r"ROOMCAST_SERVER +10\.99\.0\.1:8112", named)
