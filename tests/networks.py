"""Networks that a test makes for itself: computers of their own (network namespaces), joined by a cable (veth).

What happens on them goes nowhere else. It takes Linux and root.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from tests.programs import Program

SPEAKING = {"ROOMCAST_NO_ANNOUNCE": "", "ROOMCAST_NO_DISCOVERY": "", "ROOMCAST_SERVER": ""}
_names = count(1)

# Becomes a program on that computer, under that computer's name.
_BECOME = "import os, socket, sys; socket.sethostname(sys.argv[1]); os.execvp(sys.argv[2], sys.argv[2:])"


def why_not() -> str:
    """Why no networks can be made here; "" if they can."""
    if sys.platform != "linux":
        return "networks of one's own take Linux"
    if os.geteuid() != 0:
        return "making networks takes root"
    missing = [tool for tool in ("ip", "nft", "unshare") if shutil.which(tool) is None]
    if missing:
        return f"there is no {' and no '.join(missing)} here: scripts/system-packages networks python3 installs it"
    made = _run("ip", "netns", "add", probe := f"roomcast-{os.getpid()}-probe", check=False)
    if made.returncode:
        return f"networks cannot be made here: {made.stderr.strip()}"
    _run("ip", "netns", "delete", probe)
    return ""


class Computer:
    """A computer with a name, and an address on one network."""

    def __init__(self, space: str, name: str, address: str) -> None:
        self.space = space
        self.name = name
        self.address = address

    def words(self, *command: str) -> list[str]:
        """How to run a command there."""
        become = [sys.executable, "-c", _BECOME, self.name]
        return ["ip", "netns", "exec", self.space, "unshare", "--uts", *become, *command]

    def start(self, *command: str, typed: bool = False, **environment: str) -> Program:
        """A Python program that runs there: `start("-m", "roomcast", "serve")`."""
        by = tuple(self.words(sys.executable))
        return Program(Path(command[0]), *command[1:], by=by, typed=typed, **SPEAKING | environment)

    def python(self, *words: str, timeout: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run `python …` there, to its end."""
        return subprocess.run(
            self.words(sys.executable, *words),
            env=os.environ | {"PYTHONUTF8": "1"} | SPEAKING | environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )

    def roomcast(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "roomcast", *words, **environment)

    def close(self, *what: str) -> None:
        """A firewall that drops what comes in and goes out of these kinds: `close("udp dport 5353")`."""
        drops = "; ".join(f"{kind} drop" for kind in what)
        self._nft(f"""table inet wall {{
            chain coming {{ type filter hook input priority 0; {drops}; }}
            chain going {{ type filter hook output priority 0; {drops}; }}
        }}""")

    def close_by_default(self) -> None:
        """A firewall that lets nothing in but what comes from this computer itself."""
        self._nft(
            "table inet wall { chain coming { type filter hook input priority 0; policy drop; iif lo accept; }; }"
        )

    def _nft(self, rules: str) -> None:
        subprocess.run(self.words("nft", "-f", "-"), input=rules, check=True, capture_output=True, text=True)

    def has_router(self) -> None:
        """Letters to the world outside have a way out (where nobody takes them)."""
        _ip(self.space, "route", "add", "default", "dev", "eth0")

    def unplug(self) -> None:
        """Be on no network."""
        _ip(self.space, "address", "flush", "dev", "eth0")

    def plug_in(self) -> None:
        _ip(self.space, "address", "add", f"{self.address}/24", "brd", "+", "dev", "eth0")


@contextmanager
def lan(*names: str) -> Iterator[list[Computer]]:
    """Computers of these names on one network, each with an address in 10.99.0.0/24; a bridge is their switch."""
    number = next(_names)
    mark = f"{os.getpid()}-{number}"
    computers: list[Computer] = []
    with ExitStack() as stack:
        switch = f"roomcast-{mark}-switch"
        _space(stack, switch)
        _ip(switch, "link", "add", "bridge0", "type", "bridge", "mcast_snooping", "0")
        _ip(switch, "link", "set", "bridge0", "up")
        for place, name in enumerate(names, 1):
            space = f"roomcast-{mark}-{name}"
            _space(stack, space)
            port = f"port{place}"
            _ip(switch, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", space)
            _ip(switch, "link", "set", port, "master", "bridge0", "up")
            computer = Computer(space, name, f"10.99.0.{place}")
            _ip(space, "link", "set", "lo", "up")
            _ip(space, "link", "set", "eth0", "up")
            computer.plug_in()
            computers.append(computer)
        yield computers


def _space(stack: ExitStack, name: str) -> None:
    _run("ip", "netns", "add", name)
    stack.callback(_run, "ip", "netns", "delete", name, check=False)


def _ip(space: str, *words: str) -> None:
    _run("ip", "-netns", space, *words)


def _run(*words: str, check: bool = True) -> Any:
    return subprocess.run(words, check=check, capture_output=True, text=True, timeout=60)
