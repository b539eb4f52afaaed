"""Exercise 1: the learner's program prints this computer's address, and a port on which nobody listens."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from typing import Final

from roomcast.discovery.networks import every_interface
from roomcast.learn.check_bench import Bench, last_lines
from roomcast.learn.plain_friend import listens

FILE: Final = "address.py"
STEPS: Final = (
    "The program ends by itself and prints both",
    "The address is an address",
    "… and it is this computer's",
    "The port is a port",
    "… on which nobody listens yet",
)
_FIND: Final = "Linux: ip addr; macOS: ipconfig getifaddr en0; Windows: ipconfig, the line IPv4 Address."
_RUN: Final = "I ran your program and waited until it ended."


def check(bench: Bench) -> Iterator[None]:
    program = bench.run()
    if program.wait(bench.starting) is None:
        bench.missing(
            "Your program does not end.",
            tried=_RUN,
            saw=f"after {bench.starting:g} seconds it was still running.",
            expected="two lines, and its end.",
            hint="This exercise needs no loop, no input and no server: two calls of print are enough.",
        )
    words = {line.split()[0].lower().rstrip(":="): line.split()[1:] for line in program.lines if line.strip()}
    for wanted, example in (("address", "address 192.168.1.20"), ("port", "port 50123")):
        if len(words.get(wanted, [])) != 1:
            bench.missing(
                f"Your program prints no line such as “{example}”.",
                tried=_RUN,
                saw=f"it printed: {last_lines(program)}" if program.output.strip() else "it printed nothing.",
                expected=f"a line with the word {wanted}, a blank, and the {wanted}.",
                hint=f'print("{wanted}", "{example.split()[1]}"), with yours instead of this one.',
            )
    yield

    (address,), (port,) = words["address"], words["port"]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        bench.missing(
            "That is no address.",
            tried=_RUN,
            saw=f"the address is {address!r}.",
            expected="four numbers from 0 to 255 with dots between them, such as 192.168.1.20.",
            hint=f"A computer may have a name as well, but letters go to addresses. {_FIND}",
        )
    yield

    own = {one.address for one in every_interface()}
    outside = sorted(one for one in own if not ipaddress.ip_address(one).is_loopback and "." in one)
    if found.is_loopback and outside:
        bench.missing(
            "That address is what every computer calls itself.",
            tried=_RUN,
            saw=f"the address is {address}.",
            expected="the address by which the other computers on your network reach this one.",
            hint=f"What starts with 127 never leaves the computer. {_FIND}",
        )
    if str(found) not in own:
        router = "It looks like your router's address on the internet. " if found.is_global else ""
        bench.missing(
            "That is not this computer's address.",
            tried=_RUN,
            saw=f"the address is {address}, and no network of this computer has given it that one.",
            expected="an address of this computer, on the network that it is on now.",
            hint=f"{router}Addresses change from network to network: look again. {_FIND}",
        )
    yield

    number = int(port) if port.isascii() and port.isdigit() else -1
    if not 0 < number <= 65535:
        bench.missing(
            "That is no port.",
            tried=_RUN,
            saw=f"the port is {port!r}.",
            expected="a whole number from 1024 to 65535.",
            hint="A port is a number of 16 bits, as a house has doors with numbers: 65535 is the last one.",
        )
    if number < 1024:
        bench.missing(
            "That port is one of those that are spoken for.",
            tried=_RUN,
            saw=f"the port is {number}.",
            expected="a whole number from 1024 to 65535.",
            hint="Ports below 1024 belong to services that everybody knows (80 is the web), and only the system's "
            "administrator may open them.",
        )
    yield

    if listens(number):
        bench.missing(
            "Somebody listens on that port already.",
            tried=f"I connected to port {number} of this computer.",
            saw="a program accepted the connection.",
            expected="a port on which nobody listens, free for your own server.",
            hint="Take another number. Two programs cannot listen on one port: a letter has one receiver.",
        )
    yield
