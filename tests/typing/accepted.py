"""What a careful program writes; no type checker has anything to say."""

from __future__ import annotations

import roomcast
from roomcast import Player, Progress, Refused

room = roomcast.join("dots", name="red")


@room.everywhere
def move(player: Player, dx: int, dy: int = 0) -> None: ...


@room.everywhere
def say(text: str, *more: str) -> None: ...


@room.everywhere
def stop() -> None: ...


@room.everywhere
def picture(player: Player, title: str, data: bytes) -> None: ...


@room.everywhere(latest=True, ttl=0.5)
def aim(player: Player, x: float) -> None: ...


@room.everywhere(ttl=2)
def shout(text: str) -> None: ...


aim(5)
aim(x=0.5)
shout("here")
move(5)
move(5, 0)
move(dx=5, dy=3)
say("hello", "you")
stop()
picture("cat", b"")


@room.on("join")
@room.on("leave")
@room.on("away")
@room.on("back")
def appear(player: Player) -> None: ...


def explode(who: Player, x: int, size: float = 1.0) -> None: ...


@room.everywhere
def light(player: Player, x: int) -> None:
    timer: roomcast.Timer = room.after(2.0, explode, player, x)
    room.after(1, timer.cancel)
    room.every(1 / 20, print, "step")
    if room.entry.age > 1 or room.catching_up or room.behind > room.time:
        timer.cancel()


@room.on("set")
def changed(player: Player, patch: dict[str, object]) -> None: ...


@room.on("error")
def refused(error: Refused) -> None: ...


@room.on("progress")
def arrives(player: Player, progress: Progress) -> None: ...


@room.on("desync")
def differ(seq: int, players: list[Player]) -> None: ...


@room.on("offline")
@room.on("lost")
@room.on("closed")
def over(why: str) -> None: ...


@room.on("resumed")
def resumed(missed: int) -> None: ...


@room.on("skipped")
def skipped(first: int, last: int) -> None: ...


@room.command("whisper")
def whisper(player: Player, text: str) -> None: ...


numbers: list[int] = [1, 2]
scores: dict[str, list[float]] = {"ann": [1.5]}
room.state["n"] = 5
room.state["none"] = None
room.state["numbers"] = numbers
room.state["scores"] = scores
room.state["deep"] = {"a": [1, {"b": (1, "x", None)}], "c": True}
room.state["again"] = room.state["deep"]
room.state.update(level=3, title="The cave")
room.state.update({"level": 3})
room.state.merge({"scores": {"ann": None}})
room.me.add("score", 1)
room.state.add("total", 0.5)
room.state.claim("coin7", room.me.id)
room.state.compare_and_set("turn", None, ["ann", 1])
room.me["at"] = (1, 2)
room.send("whisper", "psst", 5, [1], {"k": numbers}, b"bytes", to=room.me)
room.send("whisper", text="psst", to=["ann", room.me])
room.send("whisper", "all", to=room.players)
room.check(lambda: scores, every=50)


async def play() -> None:
    async with roomcast.connect("dots") as other:

        @other.everywhere
        async def jump(player: Player, height: float) -> int:
            return 1

        jump(5)
        jump(height=0.5)

        @other.on("join")
        async def came(player: Player) -> None: ...

        async for entry in other:
            print(entry.seq, entry.player.name, entry.command)
