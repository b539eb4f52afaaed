"""Mistakes, each in a line that ends with `# wrong`: every type checker finds each, and nothing else."""

from __future__ import annotations

import roomcast
from roomcast import Player

room = roomcast.join("dots", name="red")


@room.everywhere
def move(player: Player, dx: int, dy: int = 0) -> None: ...


@room.everywhere
def say(text: str) -> None: ...


@room.everywhere
def stop() -> None: ...


move("five")  # wrong
move()  # wrong
move(1, 2, 3)  # wrong
move(dz=1)  # wrong
move(room.me, 1)  # wrong
say(5)  # wrong
say()  # wrong
say("a", "b")  # wrong
say(room.me, "a")  # wrong
stop(1)  # wrong

room.on("jion")  # wrong
room.on("Join")  # wrong
room.on(5)  # wrong


def nothing() -> None: ...


def two(player: Player, more: int) -> None: ...


def text(why: str) -> None: ...


room.on("join")(nothing)  # wrong
room.on("join")(two)  # wrong
room.on("join")(text)  # wrong
room.on("set")(text)  # wrong
room.on("error")(text)  # wrong
room.on("desync")(nothing)  # wrong
room.on("closed")(two)  # wrong
room.on("skipped")(nothing)  # wrong
room.everywhere(5)  # wrong
room.everywhere(latest="yes")  # wrong
room.everywhere(latest=True)(move)("five")  # wrong
room.command(5)  # wrong

room.after("soon", nothing)  # wrong
room.after(2.0, nothing())  # wrong
room.after(2.0, text, 5)  # wrong
room.every(1.0, nothing, 5)  # wrong
room.after(2.0)  # wrong

room.state["set"] = {1}  # wrong
room.state["bytes"] = b"x"  # wrong
room.state["object"] = object()  # wrong
room.state["complex"] = 1j  # wrong
room.state["function"] = nothing  # wrong
room.state["keys"] = {1: 2}  # wrong
room.state["deep"] = [{1}]  # wrong
room.state["deeper"] = {"a": [b"x"]}  # wrong
room.state["player"] = room.me  # wrong
room.state[5] = 1  # wrong
room.state.update(x={1})  # wrong
room.state.add("x", "1")  # wrong
room.state.add("x")  # wrong
room.state.claim("coin", {1})  # wrong
room.state.compare_and_set("turn", b"x", 1)  # wrong
room.state.compare_and_set("turn", room.me, 1)  # wrong
room.state.merge({"x": {1}})  # wrong
room.state.merge(5)  # wrong
room.send("draw", {1})  # wrong
room.send("draw", object())  # wrong
room.send("draw", room.me)  # wrong
room.send("draw", to=5)  # wrong
room.send(5)  # wrong
room.check(5)  # wrong
