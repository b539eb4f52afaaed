"""Scripts for client cores: random operations, and what the core in Python did; JavaScript's has to do the same.

Each step is an operation and what followed: the frame that was written, the events, and how the client stands.
"""

from __future__ import annotations

import base64
import json
import random
from math import inf
from typing import Any

import msgspec

from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Answered, Closed, Event, Joined, Offline, Resumed
from roomcast.core.client.outbox import Outdating
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol import codec
from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.messages import NO_ARGS, DoRequest, Save, SetRequest, Wake
from roomcast.errors import ProtocolError, RoomcastError

NUMBERED = (DoRequest, SetRequest, AskRequest)
LIMITS = {"message_size": 700, "rate": 2.0, "burst": 5, "silent_for": 25.0}


def script(seed: int, steps: int = 120) -> list[dict[str, Any]]:
    """One client's life with a server that is mostly, but not always, a good one."""
    return _Life(seed).live(steps)


class _Life:
    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.client = ClientCore("dots", "Ada", chance=lambda: 0.5)
        self.now = 10.0
        self.steps: list[dict[str, Any]] = []
        self.seq = 0  # of the server's log
        self.had = 0  # the highest number that it has had
        self.began = 0  # up to there, the log has entries of an earlier player with the same id
        self.session = 0
        self.under_way: list[DoRequest | SetRequest | AskRequest] = []
        self.answers: list[PendingAnswer] = []  # of all that was asked

    def live(self, steps: int) -> list[dict[str, Any]]:
        while len(self.steps) < steps and self.client.stage is not Stage.OVER:
            self.now += self.dice.random() * 0.6
            act = self.dice.random()
            if act < 0.4:
                self.program()
            elif act < 0.6:
                self.write()
            elif self.client.stage is Stage.LIVE:
                self.server()
            elif self.client.stage is Stage.GREETING:
                self.write()
                self.greet()
            elif act < 0.9:
                self.step("connected", self.client.connected)
            else:
                self.lose()
        return self.steps

    # -- what the program does

    def program(self) -> None:
        dice = self.dice
        what = dice.choice(["do", "do", "set", "send", "check", "report", "ask", "wake", "save"])
        if what == "do":
            large = 700 if self.client.limits else 400  # known to be over the limit, or under it
            arguments = dice.choice(["[]", "[5,0]", '["Zoë 🎲"]', f'["{"x" * dice.choice([10, 300, large])}"]'])
            to = dice.choice([None, None, ("Alan",), ()])
            raw = _raw(arguments)
            latest, ttl = dice.random() < 0.4, dice.choice([inf, inf, 1.5 * dice.random()])
            when = Outdating(latest, ttl) if latest or ttl < inf else None
            self.step("do", lambda: self.client.do("move", raw, to, self.now, when), args=arguments, to=to,
                      latest=latest, **({} if ttl == inf else {"ttl": 1000 * ttl}))  # fmt: skip
        elif what == "set":
            of, whole, value = dice.choice(["me", "room"]), dice.random() < 0.5, dice.randint(0, 9)
            operation = "" if whole else dice.choice(["", "add", "claim", "swap"])
            was = {"x": value} if operation == "swap" else None
            self.step("set", lambda: self.client.set(of, {"x": value}, whole=whole, op=operation, was=was),
                      of=of, whole=whole, operation=operation, value=value)  # fmt: skip
        elif what == "send":
            data = dice.randbytes(dice.choice([0, 5, 400, 3000]))
            to = dice.choice([None, None, ("Alan",)])
            self.step("send", lambda: self.client.send("picture", msgspec.Raw(b'["cat",""]'), {1: data}, to),
                      data=base64.b64encode(data).decode(), to=to)  # fmt: skip
        elif what == "ask":
            arguments, answer = dice.choice(["[]", "[6]", '{"sides":6}']), PendingAnswer(lambda: None)
            self.answers.append(answer)
            self.step("ask", lambda: self.client.ask("roll", _raw(arguments), answer), args=arguments)
        elif what == "wake":
            at, every, start = (float(dice.choice([0, 0, 10, 20.5, 1_700_000_000_000])) for _ in range(3))
            heard = float(dice.choice([0, 15]))
            wanted = Wake(**at_least(at=at, every=every, start=start))
            self.step("wake", lambda: self.client.ask_for_time(wanted, heard), heard=heard, at=at, every=every,
                      **{"from": start})  # fmt: skip
        elif what == "save" and dice.random() < 0.3:
            self.step("begin", self.client.begin_with_world)
        elif what == "save":
            text, whole = dice.choice([None, '{"world":[]}', json.dumps({"world": "x" * 500})]), dice.random() < 0.5
            log = dice.choice([self.client.log, 1])
            at = dice.choice([0, 5])
            save = Save(self.seq, at, 10_000, whole)
            self.step("save", lambda: self.client.save_world(log, save, text), s=self.seq, at=at, whole=whole,
                      text=text, log=log)  # fmt: skip
        elif what == "check":
            self.step("check", lambda: self.client.check(self.client.log, self.seq, "abc"), s=self.seq)
        else:
            entry = codec.decode_server(msgspec.json.encode(self.entry("do", self.seq, by="Alan")))
            self.step("report", lambda: self.client.report(self.client.log, entry, 0.5), s=self.seq)  # type: ignore[arg-type]

    def write(self) -> None:
        written: list[bytes] = []
        self.step("take", lambda: written.append(self.client.next_frame(self.now)), written=written)
        messages = [codec.decode_client(line) for line in codec.lines_of(written[0]) if line]
        self.under_way += [message for message in messages if isinstance(message, NUMBERED)]

    # -- what the server says

    def server(self) -> None:
        act = self.dice.random()
        if act < 0.6:
            self.hear([self.line() for _ in range(self.dice.randint(1, 5))])
        elif act < 0.7:
            self.lose()
        elif act < 0.75:
            first, last = self.seq + 1, self.seq + self.dice.randint(1, 9)
            n = max([self.had, *(message.n for message in self.under_way[: self.dice.randint(0, 3)])])
            self.seq, self.had = last, n
            self.under_way = [message for message in self.under_way if message.n > n]
            ahead = self.dice.choice([0, 0, last + 2])
            self.hear([{"t": "skipped", "from": first, "to": last, "snapshot": self.snapshot(), **at_least(n=n),
                        **at_least(upto=ahead, world='{"world":1}' if ahead else "")}])  # fmt: skip
        elif act < 0.78:
            self.hear([self.entry("do", self.seq + 2, by="Alan")])  # a hole
            self.lose()
        elif act < 0.79:
            world = self.dice.choice(["", '{"world":1}'])
            end = max(self.seq, self.began)
            self.hear([{"t": "begin", "s": self.seq, "snapshot": self.snapshot(), "upto": end,
                        **at_least(n=self.had, world=world)}])  # fmt: skip
        elif act < 0.8:
            self.hear([{"t": "bye", "code": "closing", "message": "later", "again": self.dice.choice([0.5, 3.0])}])
            self.lose()
        elif act < 0.805:
            self.hear([{"t": "bye", "code": "left", "message": "for good"}])

    def line(self) -> dict[str, Any]:
        if self.seq < self.began:
            return self.older()
        if self.under_way and self.dice.random() < 0.7:
            message = self.under_way.pop(0)
            if message.n <= self.had:
                return {"t": "pong"}  # it has had that
            self.had = message.n
            if self.dice.random() < 0.15:
                return {"t": "error", "code": "bad-argument", "message": "no", "n": message.n}
            self.seq += 1
            if isinstance(message, AskRequest) or (isinstance(message, DoRequest) and self.dice.random() < 0.2):
                return self.turn(message)
            if isinstance(message, SetRequest):
                return self.entry(
                    "set",
                    self.seq,
                    of=message.of,
                    p=json.loads(bytes(message.p)),
                    **at_least(whole=message.whole),
                    n=message.n,
                )
            to = {} if message.to is None else {"to": list(message.to)}
            return self.entry("do", self.seq, c=message.c, **arguments(message.a), n=message.n, **to)
        entries = ["do", "set", "join", "leave", "away", "back", "desync", "turn"]
        kind = self.dice.choice([*entries, "hidden", "error", "later", "tick", "save", "no-world"])
        if kind == "tick":
            return {"t": "tick", "at": int(self.now * 1000)}
        if kind == "save":
            return {"t": "save", "s": self.seq, "at": 5, "most": 1000, **at_least(whole=self.dice.random() < 0.5)}
        if kind == "no-world":
            return {"t": "error", "code": "no-world", "message": "there is none"}
        if kind == "error":
            return {"t": "error", "code": "unknown-type", "message": "what?"}
        if kind == "later":
            return {"t": "of-a-later-version", "x": 1}
        self.seq += 1
        if kind == "hidden":
            return {"t": "hidden", "s": self.seq}
        if kind == "turn":
            return {"t": "turn", "s": self.seq, "by": "", "at": 0, **self.effects()}
        if kind in ("join", "away", "back", "leave") and self.dice.random() < 0.3:
            name = {"name": "Alan"} if kind == "join" else {}
            return {"t": kind, "s": self.seq, "by": "Alan", "at": 0, **name, **self.effects()}
        return self.entry(kind, self.seq, by="Alan")

    def older(self) -> dict[str, Any]:
        """An entry of an earlier player with our id."""
        self.seq += 1
        n = self.had + self.dice.randint(-1, 2)
        return self.entry(self.dice.choice(["do", "set"]), self.seq) | {"n": max(1, n)}

    def turn(self, message: DoRequest | AskRequest) -> dict[str, Any]:
        """What the rules made of a command of ours, and of the next ones in the same batch."""
        taken = [message.n]
        while self.under_way and self.dice.random() < 0.4 and isinstance(self.under_way[0], DoRequest | AskRequest):
            taken.append(self.under_way.pop(0).n)
        self.had = taken[-1]
        asked = taken if isinstance(message, AskRequest) else taken[1:]
        answers = [{"n": n, **({"r": [n]} if self.dice.random() < 0.6 else {})} for n in asked]
        return {"t": "turn", "s": self.seq, "by": "", "at": 0, **self.effects(), "ok": taken, **at_least(re=answers)}

    def effects(self) -> dict[str, Any]:
        possible: dict[str, Any] = {"k": [["Alan", "kicked"]], "p": {"level": self.seq}, "m": {"Ada": {"x": [[1]]}},
                                    "e": [["chime", [self.seq], "Ada"]]}  # fmt: skip
        chosen = {key: value for key, value in possible.items() if self.dice.random() < 0.3}
        return {"x": chosen} if chosen else {}

    def entry(self, kind: str, seq: int, by: str = "Ada", **fields: Any) -> dict[str, Any]:
        usual = {
            "do": {"c": "move", "n": 3},
            "set": {"of": "room", "p": {"y": 1}, "n": 4},
            "join": {"name": "Alan"},
            "desync": {"after": 1, "who": ["Ada"]},
        }
        return {"t": kind, "s": seq, "by": by, "at": 0, **(fields or usual.get(kind, {}))}

    def greet(self) -> None:
        act = self.dice.random()
        welcome: dict[str, Any] = {"t": "welcome", "me": "Ada", "time": int(self.now * 1000) + 5000, "limits": LIMITS}
        if act < 0.1:
            self.lose()
            return
        had = [message for message in self.under_way[: self.dice.randint(0, 4)] if message.n > self.had]
        if self.session and act < 0.75:
            self.had = had[-1].n if had else self.had
            ahead = max(0, self.began - self.client.seen) + self.dice.randint(len(had), len(had) + 3)
            self.under_way = []
            self.hear([{**welcome, "session": f"s{self.session}", "s": self.client.seen + ahead, "resumed": True,
                        **at_least(n=self.had)}])  # fmt: skip
            self.seq = self.client.seen
            self.under_way = had
            for _ in range(ahead - len(had)):
                if self.seq < self.began:
                    self.hear([self.older()])
                    continue
                self.seq += 1
                self.hear([self.entry("away", self.seq, by="Alan")])
            self.had -= len(had)
            self.hear([self.line() for _ in range(len(had))] or [{"t": "pong"}])
            self.had += len(had)
        elif self.session and act < 0.85:  # a crash has undone something
            self.had = max(0, self.had - self.dice.randint(0, 2))
            self.seq = max(1, self.client.seen - self.dice.randint(1, 3))
            self.began = min(self.began, self.seq)
            self.under_way = []
            self.hear([{**welcome, "session": f"s{self.session}", "s": self.seq, "snapshot": self.snapshot(),
                        "resumed": True, **at_least(n=self.had), "epoch": 2, "lost": 2}])  # fmt: skip
        else:
            self.session, self.had, self.under_way, self.seq = self.session + 1, 0, [], self.dice.randint(1, 9)
            steps, before = self.dice.random() < 0.3, self.dice.choice([0, 7])
            world = self.dice.choice(["", '{"world":1}']) if self.client.start == "world" else ""
            self.seq = self.dice.choice([0, self.seq]) if self.client.start == "world" and not world else self.seq
            self.began = self.seq + self.dice.choice([0, 0, 9])
            self.hear([{**welcome, "session": f"s{self.session}", "s": self.seq, "snapshot": self.snapshot(),
                        **at_least(steps=steps, before=before, world=world, upto=self.began)}])  # fmt: skip

    def snapshot(self) -> dict[str, Any]:
        return {"players": [{"id": "Ada", "name": "Ada"}], "state": {"level": self.seq}}

    def lose(self) -> None:
        if self.client.stage is not Stage.OVER:
            said = self.dice.random() < 0.2
            final = said and self.dice.random() < 0.1
            self.step(
                "disconnected",
                lambda: self.client.disconnected("the cable was cut", self.now, said=said, final=final),
                said=said,
                final=final,
            )

    def hear(self, messages: list[dict[str, Any]]) -> None:
        frame = self.dice.choice(["\n", "\n", "\n\n"]).join(msgspec.json.encode(one).decode() for one in messages)
        self.step("receive", lambda: self.client.receive(frame.encode(), self.now), frame=frame)

    # -- what is written down

    def step(self, kind: str, run: Any, written: list[bytes] | None = None, **what: Any) -> None:
        client = self.client
        error = ""
        try:
            run()
            client._queue.take_over()  # Python looks at what is handed over when it next has to do with the network
        except (RoomcastError, ProtocolError) as caught:
            error = type(caught).__name__
        if "ttl" in what or what.get("latest"):
            client.drop_outdated(self.now)  # as JavaScript does at the call
        events = [self.shown(event) for event in client.events]
        client.events.clear()
        self.steps.append({
            "op": kind,
            **what,
            "now": self.now * 1000,
            "frame_out": written[0].decode() if written else "",
            "error": error,
            "events": events,
            "stands": [client.stage.value, client.me, client.seen, client.unacknowledged, client.outdated,
                       client.has_output, client.holding, client.ticked],
            "time": client.time_link.clock.time(self.now, 0.0),
            "retry_at": client.retry_at * 1000,
        })  # fmt: skip

    def shown(self, event: Event) -> Any:
        if isinstance(event, Answered):
            answer = event.answer
            return {"t": "answered", "answer": self.answers.index(answer), "code": answer.code,
                    "message": answer.message, "result": msgspec.json.decode(answer.result)}  # fmt: skip
        return _shown(event)


def at_least(**fields: Any) -> dict[str, Any]:
    """Those that are not what they are when left out."""
    return {name: value for name, value in fields.items() if value}


def _raw(arguments: str) -> msgspec.Raw:
    return NO_ARGS if arguments == "[]" else msgspec.Raw(arguments.encode())


def arguments(raw: msgspec.Raw) -> dict[str, Any]:
    value = msgspec.json.decode(raw)
    return {} if value == [] else {"a": value}


def _shown(event: Event) -> Any:
    if isinstance(event, Joined):
        snapshot = msgspec.json.decode(codec.encode(event.snapshot))  # type: ignore[arg-type]
        return {"t": "joined", "me": event.me, "s": event.seq, "snapshot": snapshot, "lost": event.lost,
                "dropped": event.dropped, "log": event.log, "upto": event.upto, "world": event.world,
                "before": event.before, "again": event.again}  # fmt: skip
    if isinstance(event, Resumed):
        return {"t": "resumed", "missed": event.missed}
    if isinstance(event, Offline):
        return {"t": "offline", "why": event.why}
    if isinstance(event, Closed):
        return {"t": "closed", "code": event.code, "message": event.message}
    return msgspec.json.decode(codec.encode(event))
