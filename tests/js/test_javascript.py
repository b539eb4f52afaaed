"""The client in JavaScript: its own tests, its types, and what it must do exactly as the one in Python does."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from roomcast import Room
from roomcast.client.canonical import canonical, digest
from roomcast.core.protocol import codec
from roomcast.core.protocol.limits import DEFAULTS
from roomcast.core.protocol.messages import SetRequest
from roomcast.core.protocol.names import EVENTS
from roomcast.core.protocol.tree_patch import diff
from roomcast.core.room.fold import EMPTY, RoomState, apply
from roomcast.core.room.operations import work_out
from roomcast.core.room.shared_map import SharedMap
from tests.core.entries import raw
from tests.core.vectors import load
from tests.integration.conftest import RunningServer, enter, server, start_server  # noqa: F401  # fixtures
from tests.js import timer_scripts
from tests.js.client_scripts import script
from tests.js.node import HERE, JS, MODULES, needs_node, run
from tests.programs import TOP

CLIENT = json.loads((JS / "package.json").read_text())["files"][:-1]  # the last one is the folder of types
STRICT = ["--strict", "--target", "es2022", "--lib", "es2023,dom,dom.iterable", "--module", "esnext",
          "--moduleResolution", "bundler", "--noUnusedLocals", "--noUnusedParameters"]  # fmt: skip

pytestmark = needs_node


@pytest.mark.parametrize("tests", sorted(HERE.glob("*.test.mjs")), ids=lambda path: path.name)
def test_in_node(tests: Path) -> None:
    said = run("node", "--test", "--test-reporter=tap", "--test-timeout=60000", tests)
    assert re.search(r"^# pass [1-9]", said, re.MULTILINE)


def test_its_types_are_right() -> None:
    run(MODULES / ".bin" / "tsc", "--noEmit", "--checkJs", *STRICT, JS / "roomcast.js")


def test_each_module_is_small_and_needs_no_other_package() -> None:
    for name in CLIENT:
        text = (JS / name).read_text(encoding="utf-8")
        assert len(text.encode()) < 20_000, name
        for imported in re.findall(r'from "([^"]+)"', re.sub(r"^ *(//|\*).*$", "", text, flags=re.MULTILINE)):
            assert imported.removeprefix("./") in CLIENT, f"{name} imports {imported}"
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text), name


def test_its_layout_names_every_module_and_each_needs_only_those_below() -> None:
    layout = (JS / "roomcast.js").read_text(encoding="utf-8").partition("General layout")[2].partition("\nimport")[0]
    lines = [re.findall(r"\w+\.js", line) for line in layout.splitlines()]
    height = {name: -number for number, line in enumerate(lines) for name in line}
    assert sorted(height) == CLIENT
    for name in CLIENT:
        for imported in re.findall(r'^(?:import|export) .*from "\./([^"]+)";$', (JS / name).read_text(), re.MULTILINE):
            assert height[imported] < height[name], f"{name} imports {imported}"


def test_as_a_package_of_npm_programs_in_javascript_and_typescript_can_use_it(tmp_path: Path) -> None:
    folder = tmp_path / "src" / "roomcast" / "js"
    shutil.copytree(JS, folder)
    shutil.copy(TOP / "LICENSE", tmp_path)
    path = f"{MODULES / '.bin'}{os.pathsep}{os.environ['PATH']}"
    said = run("npm", "pack", "--json", "--pack-destination", tmp_path, folder, PATH=path)
    (package,) = json.loads(said[said.index("[") : said.rindex("]") + 1])
    files = {file["path"] for file in package["files"]}
    types = {f"types/{name.removesuffix('.js')}.d.ts" for name in CLIENT}
    assert files == {"package.json", "README.md", "LICENSE", *CLIENT, *types}, "no page of the server, and no more"

    program = tmp_path / "game"
    program.mkdir()
    (program / "package.json").write_text('{"type": "module", "private": true}')
    run("npm", "install", "--offline", "--prefix", program, tmp_path / package["filename"])
    shutil.copy(HERE / "game.ts", program)
    run(MODULES / ".bin" / "tsc", "--noEmit", *STRICT, program / "game.ts")
    (program / "game.js").write_text('import * as all from "roomcast"; console.log(Object.keys(all).join(" "))')
    assert "join" in run("node", program / "game.js").split()


def test_its_events_are_those_of_python() -> None:
    text = (JS / "names.js").read_text()
    (names,) = re.findall(r"EVENTS = new Set\(\[(.*?)\]\)", text, re.DOTALL)
    assert set(re.findall(r'"(\w+)"', names)) == EVENTS


# ---------------------------------------------------------------------- as Python does


def test_its_half_of_the_conversation_does_what_pythons_does() -> None:
    scripts = [json.dumps({"seed": seed, "script": script(seed)}) for seed in range(300)]
    said = run("node", HERE / "replay.mjs", typed="\n".join(scripts))
    (steps,) = re.findall(r"(\d+) steps agree", said)
    assert int(steps) > 20_000


def test_its_timers_are_due_when_pythons_are() -> None:
    scripts = [timer_scripts.script(seed) for seed in range(300)]
    said = run("node", HERE / "timers.mjs", typed="\n".join(map(json.dumps, scripts)))
    for seed, (steps, found) in enumerate(zip(scripts, said.splitlines(), strict=True)):
        assert found == canonical(timer_scripts.results(steps)), f"seed {seed}"


@pytest.mark.parametrize("vector", load("digests.json"), ids=lambda vector: str(vector["name"]))
def test_hashes_of_a_state_are_the_golden_ones(vector: dict[str, Any]) -> None:
    assert canonical(vector["value"]) == vector["canonical"]
    assert digest(vector["value"]) == vector["digest"]


def test_values_have_the_same_hash_in_both_languages() -> None:
    dice = random.Random(4)
    values = [_value(dice, 4) for _ in range(2000)]
    values += [_float(dice) for _ in range(20_000)]
    said = run("node", HERE / "digests.mjs", typed="\n".join(map(json.dumps, values)))
    for value, found in zip(values, said.splitlines(), strict=True):
        assert found == digest(value), repr(value)


def test_the_fold_of_any_log_is_the_same_in_both_languages() -> None:
    logs = [_log(random.Random(seed)) for seed in range(500)]
    said = run("node", HERE / "folds.mjs", typed="\n".join(json.dumps(log) for log in logs))
    for seed, (log, found) in enumerate(zip(logs, said.splitlines(), strict=True)):
        state = EMPTY
        for entry in log:
            state = apply(state, _decoded(entry))
        players = [[one.id, one.name, one.here, one.state.decoded()] for one in state.players.values()]
        assert found == digest([players, state.shared.decoded()]), f"seed {seed}"


def _float(dice: random.Random) -> float:
    while True:
        (value,) = (
            struct.unpack("d", dice.randbytes(8)) if dice.random() < 0.7 else (dice.randint(-(10**6), 10**6) / 100,)
        )
        if value == value and abs(value) != float("inf"):
            return float(value)


KEYS = ["a", "b", "A", "é", "漢", "🎲", "\ufb33", "__proto__", "constructor", "toString", "", "1", "0", "10", "-1"]


def _value(dice: random.Random, depth: int) -> Any:
    kind = dice.randint(0, 8 if depth else 5)
    if kind < 6:
        return [None, True, dice.randint(-(2**60), 2**60), _float(dice), dice.choice(KEYS), dice.randint(0, 9)][kind]
    if kind == 6:
        return [_value(dice, depth - 1) for _ in range(dice.randint(0, 3))]
    return {key: _value(dice, depth - 1) for key in dice.sample(KEYS, dice.randint(0, 4))}


def _log(dice: random.Random) -> list[dict[str, Any]]:
    players = ["Ada", "Alan", "__proto__", "constructor", "7", "3"]
    log: list[dict[str, Any]] = []
    state = EMPTY
    for seq in range(1, dice.randint(5, 60)):
        kinds = ["do", "set", "set", "set", "join", "join", "leave", "away", "back", "desync", "turn", "turn", "turn"]
        kind = dice.choice(kinds)
        entry: dict[str, Any] = {"t": kind, "s": seq, "by": dice.choice(players), "at": 0}
        if kind == "set":
            patch = {key: _value(dice, 2) for key in dice.sample(KEYS, 3)}
            if (
                dice.random() < 0.3
            ):  # objects so large that they are maps of their own once something is merged into them
                wide = {f"wide{number}": "x" * 10 for number in range(60)}
                patch["a"] = {"1": {**wide, "within": _value(dice, 2)}, **(wide if dice.random() < 0.5 else {})}
            entry |= {"of": dice.choice(["me", "room"]), "p": patch, "whole": dice.random() < 0.5}
        elif kind == "join":
            entry |= {"name": entry["by"].upper()} | ({"state": {"x": 1}} if dice.random() < 0.5 else {})
        elif kind == "do":
            entry |= {"c": "move"}
        elif kind == "desync":
            entry |= {"after": 1, "who": []}
        if kind == "turn" or (kind in ("join", "leave", "away", "back") and dice.random() < 0.3):
            entry["x"] = _effects(dice, apply(state, _decoded(entry)), players)
        log.append(entry)
        state = apply(state, _decoded(entry))
    return log


def _effects(dice: random.Random, state: RoomState, players: list[str]) -> dict[str, Any]:
    """What rules may do to that state: any fields of any owner become any others."""
    sent_out = [player for player in players if dice.random() < 0.1]
    owners = [("", state.shared), *((one.id, one.state) for one in state.players.values() if one.id not in sent_out)]
    patches = {owner: patch for owner, shared in owners if dice.random() < 0.6 and (patch := _patch(dice, shared))}
    return {"k": [[player, "kicked"] for player in sent_out], "p": patches.pop("", {}), "m": patches}


def _patch(dice: random.Random, shared: SharedMap) -> dict[str, Any]:
    patch = {}
    for key in dice.sample(KEYS, 3):
        old = shared.text_of(key)
        value = _value(dice, 3)
        if old is not None and dice.random() < 0.6:  # only some of it is other than before
            value = _changed(dice, msgspec.json.decode(old))
        new = None if dice.random() < 0.2 else raw(value)
        if (change := diff(old, new)) is not None:
            patch[key] = msgspec.json.decode(change)
    return patch


def _changed(dice: random.Random, value: Any) -> Any:
    """The value with a change somewhere inside."""
    if isinstance(value, list):
        items = list(value)
        start = dice.randint(0, len(items))
        items[start : start + dice.randint(0, 2)] = [_value(dice, 1) for _ in range(dice.randint(0, 2))]
        return [_changed(dice, one) if dice.random() < 0.3 else one for one in items]
    if isinstance(value, dict):
        fields = {key: _changed(dice, one) if dice.random() < 0.5 else one for key, one in value.items()}
        return fields | {dice.choice(KEYS): _value(dice, 1)}
    return _value(dice, 1)


def _decoded(entry: dict[str, Any]) -> Any:
    return codec.decode_server(msgspec.json.encode(entry))


def test_a_room_that_was_joined_by_its_code_has_its_name(server: RunningServer, enter: Callable[..., Room]) -> None:  # noqa: F811
    red = enter("red", room="class 7b")
    program = f"""
        import {{ join }} from "{JS}/roomcast.js";
        import WebSocket from "{MODULES}/ws/wrapper.mjs";
        const room = await join("{server.address(red.code.lower())}", {{ name: "Ada", WebSocket }});
        console.log([room.name, room.code, ...[...room.players].map((player) => player.id)].join());
        await room.leave();
    """
    assert run("node", "--input-type=module", "-e", program).strip() == f"class 7b,{red.code},red,Ada"


def test_the_rooms_sums_are_those_that_javascript_makes() -> None:
    dice = random.Random(2026)

    def number() -> float:
        return dice.choice([dice.randint(-(2**52), 2**52), dice.uniform(-1, 1) * 10.0 ** dice.randint(-300, 300)])

    sums = []
    for one, other in ((number(), number()) for _ in range(2000)):
        request = SetRequest(1, "room", raw({"x": other}), op="add")
        sums.append([one, other, bytes(work_out(request, SharedMap(raw({"x": one})), DEFAULTS).p).decode()])
    program = """
        import { readFileSync } from "node:fs";
        for (const [one, other, patch] of JSON.parse(readFileSync(0, "utf8"))) {
          if (!Object.is(JSON.parse(patch).x, one + other)) console.log(one, other, patch);
        }
    """
    assert run("node", "--input-type=module", "-e", program, typed=json.dumps(sums)) == ""
