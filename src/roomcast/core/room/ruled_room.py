"""A room with rules, as players meet it: its behaviour decides on all that they do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from struct import Struct
from typing import Any, ClassVar, Final

from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.limits import command_weight
from roomcast.core.protocol.messages import (
    Check,
    DoRequest,
    SetRequest,
)
from roomcast.core.room.causes import Closing, Command, StatePatch
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.decisions import Decided, Rejected, Waits
from roomcast.core.room.feed import Cursor
from roomcast.core.room.session import PeerHandle, Session, Start
from roomcast.core.room.working_room import WorkingRoom
from roomcast.errors import BadArgument, Refused

_ARRAY_OR_OBJECT: Final = frozenset(b"[{")
_first_byte: Final = Struct("B").unpack_from


class RuledRoom(WorkingRoom):
    """A room whose `behaviour` decides on who comes, and on what players do."""

    __slots__ = ("_closes",)

    ruled: ClassVar[bool] = True
    _JUDGES: ClassVar[bool] = True

    def __init__(self, *args: Any, **others: Any) -> None:
        self._closes = False  # its rules know that it is about to be closed
        super().__init__(*args, **others)

    @property
    def looks(self) -> int:
        return 0 if self._shadows is None else self._shadows.looks

    def close_down(self, now: float) -> bool:
        """As `Room.close_down`: once, its rules are told, until somebody comes."""
        self._advance(now)
        if not self._closes and not self.held and self.log.last:  # else nobody has been in it
            self._closes = True
            self._close_gathered()
            self._decide(Closing(), now)
            self._close(now)
        return self.settled

    # ------------------------------------------------------------------ coming and going

    def come_in(self, now: float, *, is_new: bool) -> None:
        self._closes = False
        super().come_in(now, is_new=is_new)

    def come_back(self, session: Session, now: float, address: str = "") -> None:
        """As `Room.come_back`. Raises `Refused` ("kicked") where the rules send it out as it comes, and `RoomHeld`.

        Where the room is held then, it has not come yet: ask `arrived` once the room goes on.
        """
        self.come_in(now, is_new=False)
        super().come_back(session, now, address)
        if not self.held:
            self.arrived(session, now)

    def _vacate(self, session: Session, now: float) -> None:
        self._advance(now)
        self._close_gathered()  # the session is kept as it is now, and its numbers not before what they did
        if self.is_open_to(session):  # else what was due has sent it out
            super()._vacate(session, now)

    def join(self, name: str, secret: str, now: float, *others: Any, **more: Any) -> Session:
        """As `Room.join`, and as `come_back` where the room is held then. Raises `RoomHeld`."""
        self.come_in(now, is_new=True)
        session = super().join(name, secret, now, *others, **more)
        if self.held and secret:
            self.commits.forget_session(secret)  # it is kept once it is in
            self._after(lambda: self._keep_session(session))
        return session

    def _keep_session(self, session: Session) -> None:
        if session.id in self.log.state.players:
            self.seats.save(session)

    # ------------------------------------------------------------------ commands and shared state

    def ask(self, session: Session, request: AskRequest, now: float) -> None:
        self.do(session, DoRequest(request.n, request.c, request.a), now, asks=True)

    def do(self, session: Session, request: DoRequest, now: float, *, asks: bool = False) -> int:
        """Let the rules decide on a command. Returns the seq of a command that is passed on as it came, else 0.

        `asks`: it wants an answer.
        """
        if request.n == session.n + 1:
            session.n = request.n
        else:
            return session.check_repeated(request.n)
        try:
            name = self._commands[request.c]
        except BadArgument as error:
            raise Refused("bad-name", error.message, request.n) from None
        if _first_byte(request.a)[0] not in _ARRAY_OR_OBJECT:
            raise Refused("bad-argument", f"{request.c}: arguments are a JSON array or object", request.n)
        readers = None
        if request.to is not None:
            readers = self._readers.of(session.id, request, self.log.state.players)
        held = self._token
        self._advance(now)
        if self._token is not held:  # what was due waits
            session.n -= 1
            self.defer(partial(self._do_later, session, partial(self.do, session, request, asks=asks)))
            return 0
        if not self.is_open_to(session):
            return 0  # what was due has sent it out
        cause = Command(session.id, request, asks, not session.secret)
        decision = self._decide(cause, now)
        if type(decision) is Decided:
            self._take(session, request.n, decision, now)
            self._charge(session)
            return 0
        if isinstance(decision, Rejected):
            self._charge(session)
            self._refuse(session, decision, request.n)
            return 0
        if isinstance(decision, Waits):
            self._command_waits(session, decision.token, cause)
            return 0
        if asks:
            raise Refused("no-rules", f"{request.c} is passed on as it came, and nobody answers it", request.n)
        self._close(now)
        if readers is not None and session.bucket.weight > 1.0:
            session.bucket.give_back(command_weight(len(readers)))
        seq = self.log.propose_command(session, request, name, readers, now)
        if self.commits.committed == seq:
            self._schedule_flush()
        return seq

    def set(self, session: Session, request: SetRequest, now: float) -> int:
        held = self._token
        self._advance(now)
        if self._token is not held:  # what was due waits
            self.defer(partial(self._do_later, session, partial(self.set, session, request)))
            return 0
        return super().set(session, request, now)

    def _do_later(self, session: Session, do: Callable[[float], object], now: float) -> None:
        """What has waited for what was due before it."""
        if self.is_open_to(session):
            try:
                do(now)
            except Refused as refused:
                self._refusals.add(self.log.last + self._gathered, session, refused)

    def _judge_patch(self, session: Session, request: SetRequest, now: float) -> None:
        decision = self._decide(StatePatch(session.id, request), now)
        self._charge(session)
        if isinstance(decision, Rejected):
            raise Refused(decision.code, decision.message, request.n)

    def _refuse(self, session: Session, decision: Rejected, n: int) -> None:
        """Tell the sender, at once where all that it was judged by is committed."""
        refused = Refused(decision.code, decision.message, n)
        if self.commits.committed == self.log.last and not self._gathered:
            raise refused
        self._refusals.add(self.log.last + self._gathered, session, refused)

    # ------------------------------------------------------------------ who reads

    def start(self, session: Session, peer: PeerHandle) -> Start | None:
        session.start = ""  # state is whole at each seq: everyone begins with the newest
        return super().start(session, peer)

    def _start_again(self) -> None:
        self._close_gathered()
        super()._start_again()

    def resume_reading(self, cursor: Cursor) -> None:
        self._close_gathered()
        super().resume_reading(cursor)

    def attach(self, session: Session, connection: Connection, wire: Wire, seq: int) -> None:
        super().attach(session, connection, wire, seq)
        self._greetings.began(session.id, seq)

    def begin_with_world(self, session: Session) -> None:
        raise Refused("no-world", f"the room {self.name!r} has rules: what is true in it, they keep")

    def take_behind(self) -> float:
        behind, self._due.behind = self._due.behind, 0.0
        return behind

    def check(self, session: Session, check: Check, now: float) -> None:
        """Programs may see different things here: there is nothing to compare."""
