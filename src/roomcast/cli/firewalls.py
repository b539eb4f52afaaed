"""Which firewalls are on, as far as a user without root rights can tell, and how to let players in."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TIMEOUT: Final = 3.0  # seconds for a system program
_DROPS: Final = re.compile(r"hook input [^}]*policy drop", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Firewall:
    """A firewall that is on. `allow` says how to let players in on a port."""

    name: str
    allow: str


def active(port: int) -> Iterator[Firewall]:
    """The firewalls of this system that are on."""
    if sys.platform == "win32":
        yield from _windows(port)
    elif sys.platform == "darwin":
        yield from _macos()
    else:
        yield from _linux(port)


def _linux(port: int) -> Iterator[Firewall]:
    if re.search(r"^ENABLED=yes", _text(Path("/etc/ufw/ufw.conf")), re.MULTILINE | re.IGNORECASE):
        yield Firewall("ufw", f"sudo ufw allow {port}/tcp && sudo ufw allow 5353/udp")
    elif _output_of("firewall-cmd", "--state").strip() == "running":
        rules = f"sudo firewall-cmd --permanent --add-port={port}/tcp --add-service=mdns"
        yield Firewall("firewalld", f"{rules} && sudo firewall-cmd --reload")
    elif _DROPS.search(_output_of("nft", "list", "ruleset")):  # only root may read the rules
        yield Firewall(
            "nftables", f"let in TCP port {port} and UDP port 5353: nft list ruleset shows the chain, with policy drop"
        )


def _windows(port: int) -> Iterator[Firewall]:
    state = _output_of("netsh", "advfirewall", "show", "currentprofile", "state")
    if re.search(r"\b(ON|EIN|ACTIV\w*)\b", state):  # the word for "on" in the languages that we know of
        rule = f'netsh advfirewall firewall add rule name="Roomcast" dir=in action=allow protocol=TCP localport={port}'
        yield Firewall("Windows Firewall", f"as administrator: {rule}")


def _macos() -> Iterator[Firewall]:
    if "enabled" in _output_of("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate"):
        yield Firewall(
            "the macOS firewall", "System Settings, Network, Firewall, Options: allow incoming connections for Python"
        )


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _output_of(*words: str) -> str:
    """What a system program prints; "" if there is none, or it fails."""
    if shutil.which(words[0]) is None:
        return ""
    try:
        ended = subprocess.run(words, capture_output=True, text=True, errors="replace", timeout=_TIMEOUT)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ended.stdout if ended.returncode == 0 else ""
