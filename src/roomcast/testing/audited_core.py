"""The client core of a simulated program: the real one, and every frame that it receives is checked."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Mapping
from itertools import islice

from msgspec import Raw, json, structs

from roomcast.client.canonical import canonical
from roomcast.core.client.client_core import ClientCore
from roomcast.core.client.client_events import Event, Joined, Resumed
from roomcast.core.client.outbox import Freshness, Outdating
from roomcast.core.client.parcels import ArgumentKey
from roomcast.core.client.pending_answer import PendingAnswer
from roomcast.core.client.sending_core import Stage
from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Save, SavedWorld
from roomcast.errors import ProtocolError, TooFast
from roomcast.testing import keeping_invariants, world_invariants
from roomcast.testing.actions import Operation
from roomcast.testing.program_audit import ProgramAudit
from roomcast.testing.program_view import WelcomeContext
from roomcast.testing.promises import ORDER, Broken
from roomcast.testing.simulated_client_network import SimulatedClientNetwork
from roomcast.testing.simulated_peer import ServerEnd
from roomcast.testing.simulated_server import SimulatedServer
from roomcast.testing.trace import Trace
from roomcast.testing.true_log import TrueLog


class AuditedCore(ClientCore):
    """Records what the program sends; compares what arrives with what the server's side looks like at that moment."""

    def __init__(
        self,
        room: str,
        name: str,
        *,
        chance: Callable[[], float],
        network: SimulatedClientNetwork,
        server: SimulatedServer,
        audit: ProgramAudit,
        trace: Trace,
    ) -> None:
        super().__init__(room, name, chance=chance)
        self.handled = server.kinds.handled(room)  # commands that do not become entries: rules decide on them
        self.sends_again = False  # after a resume it sends even what the server has: simpler clients may do so
        self.lies = ""  # how it lies about its world: one of `own_state.LIES`
        self._begins_from = ""  # from where it asked to begin, in its last hello or since
        self._welcomes: deque[tuple[Event, WelcomeContext]] = deque()  # of each start or resume that was not run yet
        self._again: deque[bytes] = deque()  # what the server has, to be written once more
        self._network = network
        self._server = server
        self._audit = audit
        self._counts = trace.counts

    def do(
        self,
        command: str,
        arguments: Raw,
        to: tuple[str, ...] | None,
        now: float,
        outdating: Outdating | None = None,
    ) -> int:
        try:
            n = super().do(command, arguments, to, now, outdating)
        except TooFast:
            self._counts["program: send raised TooFast"] += 1
            raise
        self._counts["program: command"] += 1
        if command in self.handled:
            return n
        actions = self._audit.view.actions
        if outdating is not None:
            actions.fresh[len(actions.sent)] = Freshness(outdating.latest, now + outdating.ttl)
        actions.sent.append((command, bytes(arguments), to))
        return n

    def ask(self, command: str, arguments: Raw, answer: PendingAnswer) -> int:
        n = super().ask(command, arguments, answer)
        self._counts["program: ask"] += 1
        return n

    def send(
        self, command: str, arguments: Raw, blobs: Mapping[ArgumentKey, bytes], to: tuple[str, ...] | None
    ) -> None:
        try:
            super().send(command, arguments, blobs, to)
        except TooFast:
            self._counts["program: send raised TooFast"] += 1
            raise
        self._counts["program: call with bytes"] += 1

    def set(
        self,
        of: str,
        patch: dict[str, Raw],
        *,
        whole: bool = False,
        op: str = "",
        was: dict[str, Raw] | None = None,
    ) -> int:
        n = super().set(of, patch, whole=whole, op=op, was=was)
        values, expected = ({key: json.decode(value) for key, value in one.items()} for one in (patch, was or {}))
        self._audit.view.actions.sent.append(Operation(of, op, values, expected) if op else (of, values, whole))
        self._counts[f"program: {op}" if op else "program: patch of shared state"] += 1
        return n

    def next_frame(self, now: float) -> bytes:
        if self._again and self.stage is Stage.LIVE:
            return self._again.popleft()
        before = self.outdated
        frame = super().next_frame(now)
        self._counts["program: outdated message dropped"] += self.outdated - before
        if frame and self._audit.view.actions.fresh:
            self._audit.writes(frame, now)
        return frame

    def drop_outdated(self, now: float) -> None:
        before = self.outdated
        super().drop_outdated(now)
        self._counts["program: outdated message dropped"] += self.outdated - before

    def fail(self, why: str) -> None:
        broken = sys.exception()
        if isinstance(broken, Broken):
            raise broken  # it is found, and not the program's to go on from
        super().fail(why)

    def receive(self, frame: bytes, now: float) -> None:
        greeting, secret = self.stage is Stage.GREETING, self._secret
        before, seen, acknowledged = len(self.events), self.seen, self._audit.view.actions.acknowledged
        try:
            super().receive(frame, now)
        except ProtocolError as error:
            raise Broken(ORDER, f"{self._audit.view} cannot go on: {error}") from None
        connection = self._network.connection
        assert connection is not None
        theirs = connection.other
        assert isinstance(theirs, ServerEnd)
        if theirs.room is not None:
            log = self._server.audit.log_of(theirs.room)
            for event in islice(self.events, before, None):
                if isinstance(event, Joined | Resumed):
                    self._welcomes.append((event, self._context(log, secret, seen, acknowledged)))
            if greeting and self.stage is Stage.LIVE:
                self._write_again()
            keeping_invariants.seen_when_on_disk(log, self.seen)
            self._audit.received(islice(self.events, before, None), log)

    def welcome(self, event: Event) -> WelcomeContext | None:
        """What the server's side looked like, for a start or a resume that is being run."""
        while isinstance(event, Joined | Resumed):
            about, context = self._welcomes.popleft()
            if about is event:
                return context
        return None

    def _context(self, log: TrueLog, secret: str, seen: int, acknowledged: int) -> WelcomeContext:
        away, window = self._server.sessions.away_for(secret), self._server.limits.resume_window
        took_seat = log.newest_join(
            self.me
        )  # now: before the program runs this, it may have given it up, and taken another
        return WelcomeContext(
            log, self._begins_from, not log.room.log.gone, seen, acknowledged, away, took_seat, window
        )

    def connected(self) -> None:
        super().connected()
        self._begins_from = self.start

    def begin_with_world(self) -> None:
        super().begin_with_world()
        self._begins_from = self.start

    def save_world(self, log: int, save: Save, text: str | None) -> None:
        if text is not None:
            world_invariants.worlds_agree(self._audit.view, save.at, text)
            self._counts["program: world saved"] += 1
            if self.lies:
                self._counts["program: lie about its world"] += 1
        lines = self._queue.world.lines
        before = len(lines)
        given = false_world(text, self.lies) if text else text
        if given and given != text:
            view = self._audit.view
            view.log.origin(view.seq).false_worlds.add(given)
        super().save_world(log, save, given)
        if text is not None and self.lies in ("hash", "text", "half"):
            new = [lines.pop() for _ in range(len(lines) - before)][::-1]
            lines.extend((of, _false_line(line, self.lies)) for of, line in new[: 1 if self.lies == "half" else None])

    def _write_again(self) -> None:
        outbox = self.outbox
        if self.sends_again:
            self._counts["program: message sent twice"] += len(outbox.waiting)
            self._again = deque(map(codec.encode, outbox.waiting))


def false_world(text: str, lie: str) -> str:
    """What a liar says instead of its world: its own lie, or the one that all with this kind of lie tell."""
    if lie not in ("world", "same"):
        return text
    whole = json.decode(text)
    whole["world"] |= {"taint": 1, "chain": f"false {whole['world']['chain'] if lie == 'world' else ''}"}
    return canonical(whole)


def _false_line(line: bytes, lie: str) -> bytes:
    saved = codec.decode_client(line)
    assert isinstance(saved, SavedWorld)
    if lie == "hash":
        saved = structs.replace(saved, d=saved.d[::-1])
    elif lie == "text":
        saved = structs.replace(saved, x=saved.x[::-1])
    else:
        saved = structs.replace(saved, more=bool(saved.x))
    return codec.encode(saved)
