"""Every public name is in the reference, with an example that runs (test_code_blocks runs them)."""

from __future__ import annotations

import inspect
import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest

import roomcast
import roomcast.testing
from roomcast.client.client_room import ClientRoom
from tests.docs.pages import blocks_of
from tests.docs.test_code_blocks import code_of
from tests.js.node import JS, needs_node, run
from tests.programs import TOP

REFERENCE = TOP / "docs" / "reference"
NAMES = [f"roomcast.{name}" for name in roomcast.__all__]
NAMES += [f"roomcast.testing.{name}" for name in roomcast.testing.__all__]
BY_INSTANCE = {  # what only an object has
    "roomcast.Room": ["players", "random", "state"],
    "roomcast.Player": ["id"],
}
SPECIAL = {  # how a class is used like a dict or a list
    "roomcast.Shared": ["__getitem__", "__setitem__", "__delitem__", "__contains__", "__iter__", "__len__"],
    "roomcast.Players": ["__getitem__", "__contains__", "__iter__", "__len__"],
}
BASES = {
    "roomcast.AsyncRoom": "roomcast.Room",
    "roomcast.HostedRoom": "roomcast.Room",
    "roomcast.ReplayRoom": "roomcast.Room",
    "roomcast.Player": "roomcast.Shared",
    "roomcast.testing.SimulatedRoom": "roomcast.Room",
}
# Parts of the simulator that its own modules use; a test of a game needs none of them.
INSIDE = {
    "roomcast.testing.SimulatedRoom": {
        "abandon", "connect", "core", "crash", "end", "hang", "joined", "leaving", "machine", "paused", "runs", "twin",
        "view", "measure", "wake",
    },
    "roomcast.testing.MemoryStore": set(dir(roomcast.testing.MemoryStore)),
    "roomcast.RoomRandom": {  # of Python's, which say that it has none of them
        "betavariate", "binomialvariate", "gammavariate", "getstate", "lognormvariate", "paretovariate", "seed",
        "setstate", "vonmisesvariate", "weibullvariate",
    },
}  # fmt: skip


def members_of(name: str) -> list[str]:
    """The public methods and properties that a class has beside those of what it is made from."""
    kind: Any = roomcast
    for part in name.split(".")[1:]:
        kind = getattr(kind, part)
    if not isinstance(kind, type):
        return []
    inherited = {
        "roomcast.Room": set(dir(ClientRoom)) | {"ask", "attach", "pump"},
        "roomcast.Shared": set(dir(roomcast.Shared)),
    }.get(BASES.get(name, ""), set())
    inside = INSIDE.get(name, set())
    public = {one for one in dir(kind) if not one.startswith("_") and not one.isupper() and not _is_pythons(kind, one)}
    return sorted((public - inherited - inside) | {*BY_INSTANCE.get(name, []), *SPECIAL.get(name, [])})


def _is_pythons(kind: type, name: str) -> bool:
    """Whether it comes from a class of Python's, such as Exception."""
    owner = next(base for base in kind.__mro__ if name in vars(base))
    return not owner.__module__.startswith("roomcast")


@pytest.fixture(scope="module")
def documented(site: Path) -> dict[str, str]:
    """What is documented, with its text."""
    found = {}
    for page in (site / "reference").glob("*.html"):
        text = page.read_text(encoding="utf-8")
        for part in text.split('<dt class="sig')[1:]:
            words = re.sub(r"<[^>]+>", "", part.partition("</dt>")[2])
            found[re.findall(r' id="([^"]+)"', part)[0]] = unescape(words).strip()
    return found


def test_every_public_name_is_documented(documented: dict[str, str]) -> None:
    wanted = [*NAMES, *(f"{name}.{member}" for name in NAMES for member in members_of(name))]
    wanted = [name for name in wanted if not name.startswith("roomcast.Limits.")]  # test_every_limit_is_in_the_table
    assert len(wanted) > 100
    assert [name for name in wanted if name not in documented] == []
    assert [name for name in wanted if len(documented[name].split()) < 3] == []


def test_every_limit_is_in_the_table(site: Path) -> None:
    page = (site / "reference" / "limits.html").read_text(encoding="utf-8")
    for name in roomcast.Limits.__dataclass_fields__:
        assert f">{name}<" in page
        assert f"--{name.replace('_', '-')}<" in page


def test_every_public_name_is_in_an_example_that_runs() -> None:
    code = "\n".join(block.text for page in REFERENCE.glob("*.md") for block in code_of(page, "python"))
    given = {  # objects that a program is given; what it does with them is looked for instead
        "roomcast.AsyncRoom", "roomcast.HostedRoom", "roomcast.Room", "roomcast.Shared", "roomcast.Player",
        "roomcast.Players", "roomcast.LogEntry", "roomcast.testing.SimulatedRoom", "roomcast.testing.Faults",
    }  # fmt: skip
    missing = [name for name in NAMES if name not in given and not re.search(rf"\b{name.rpartition('.')[2]}\b", code)]
    assert missing == []
    shown_elsewhere = {"attach"}  # in a window: an excerpt of an example
    used = [one for kind in ("Room", "Shared", "Player", "Players") for one in members_of(f"roomcast.{kind}")]
    wanted = {one for one in used if not one.startswith("_")} - shown_elsewhere
    assert sorted(name for name in wanted if not re.search(rf"\.{name}\b|\[{name}\b", code)) == []


def test_parameters_are_in_the_docstring_of_each_function() -> None:
    for function in (roomcast.join, roomcast.connect, roomcast.host, roomcast.Room.pump, roomcast.testing.simulate):
        text = inspect.getdoc(function) or ""
        if "Arguments as for" in text:
            continue
        for name in inspect.signature(function).parameters:
            if name != "self":
                assert f"`{name}`" in text or f"`{name} is" in text or name == "test", (
                    f"{function.__qualname__}: {name}"
                )


@needs_node
def test_every_name_of_roomcast_js_is_in_its_page(tmp_path: Path) -> None:
    program = tmp_path / "names.mjs"
    program.write_text(
        f"""import * as library from "{JS / "roomcast.js"}";
const names = {{}};
for (const [name, what] of Object.entries(library)) {{
  const members = [];
  for (let made = what.prototype; /^class/.test(made?.constructor); made = Object.getPrototypeOf(made)) {{
    members.push(...Object.getOwnPropertyNames(made));
  }}
  names[name] = members.filter((one) => one !== "constructor");
}}
console.log(JSON.stringify(names));
""",
        encoding="utf-8",
    )
    names: dict[str, list[str]] = json.loads(run("node", program))
    page = (REFERENCE / "roomcast-js.md").read_text(encoding="utf-8")
    inside = {"Room": {"enter"}, "Player": {"remember"}}
    for name, members in names.items():
        assert re.search(rf"\b{name}\b", page), name
        for member in set(members) - inside.get(name, set()):
            assert re.search(rf"`(?:room\.)?{member}\b", page), f"{name}.{member}"
    options = re.findall(r"^const OPTIONS = \[(.*)\]", (JS / "roomcast.js").read_text(encoding="utf-8"), re.MULTILINE)[
        0
    ]
    for option in re.findall(r'"(\w+)"', options):
        assert f"| `{option}` |" in page
    example = "\n".join(block.text for block in blocks_of(REFERENCE / "roomcast-js.md") if block.language == "js")
    for method in (
        *("everywhere", "on", "off", "send", "ask", "check", "leave", "merge", "delete"),
        *("timer", "after", "every", "cancel", "world"),
    ):
        assert f".{method}(" in example
