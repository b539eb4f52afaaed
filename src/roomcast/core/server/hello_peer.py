"""The part of a peer of `roomcast.1` that gets a player in: from its hello to its welcome.

hello  →  has it a session of that room? else: are the rules to be asked who it is?  →  the room  →  a seat  →  welcome
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec.structs import replace

from roomcast.core.protocol import codec, messages, names
from roomcast.core.protocol.limits import exceeded
from roomcast.core.protocol.meet_request import Meet, read_options
from roomcast.core.protocol.messages import Hello
from roomcast.core.room.connection import Connection, Wire
from roomcast.core.room.handler_runs import RoomHeld
from roomcast.core.room.reader_starts import WORLD
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session, Start
from roomcast.core.server.asking_peer import NOTHING_KNOWN, AskingPeer
from roomcast.core.server.directory import Directory
from roomcast.core.server.guesses import WrongGuess
from roomcast.core.server.newcomers import let_in
from roomcast.core.server.peer import contained
from roomcast.core.server.room_kinds import relays_only
from roomcast.core.server.stage import Stage
from roomcast.core.server.welcomes import welcome_of
from roomcast.errors import BadArgument, ProtocolError, Refused

NOBODY: Final = Hello("")


class HelloPeer(AskingPeer):
    """A peer that says hello. `_hello`: what it has said, until it is welcome."""

    __slots__ = ("_actor", "_hello", "_leaves", "_lost")

    def __init__(self, directory: Directory, connection: Connection, wire: Wire, address: str, now: float) -> None:
        AskingPeer.__init__(self, directory, connection, wire, address, now)
        self._actor: Session | None = None  # our session, where it may act
        self._leaves = False
        self._hello = NOBODY  # while its room is opened, or its start committed
        self._lost = 0  # entries that it has seen, and a crash has undone

    @property
    def leaves(self) -> bool:
        return self._leaves

    def _check_version(self, spoken: Iterable[int], room: str) -> None:
        if not set(spoken) & set(messages.VERSIONS):
            ours = ", ".join(map(str, messages.VERSIONS))
            raise ProtocolError("version", f"this server speaks version {ours} of the protocol: update")
        if messages.WITH_RULES not in spoken and self.directory.kinds(self.directory.resolve(room)) is not None:
            why = f"the room {room!r} has rules, which are in version {messages.WITH_RULES} of the protocol: update"
            raise ProtocolError("version", why)

    def _greet(self, hello: Hello, now: float) -> None:
        """Raises `ProtocolError`, `Refused` and `BadArgument`."""
        self._check_version(hello.v, hello.room)
        limits = self.directory.limits
        if hello.resume is not None:
            self.directory.revoked_sessions.check(hello.resume.session)
        elif hello.name:
            names.clean_name(hello.name, "a player's name", limits)  # before there is a room for it
        size = 0 if hello.credential is None else len(hello.credential.encode("utf-8", "replace"))
        if size > limits.credential_size:
            raise Refused("too-big", exceeded("credential_size", limits, size, "a credential is too big"))
        self._hello = hello if hello.meet is None else self._settled_place(hello, hello.meet)
        self._leaves = hello.leaves
        self._find_room(now)

    def _settled_place(self, hello: Hello, meet: Meet) -> Hello:
        """Where somebody wants back into the room that it had found: there, if it may be known; else as it was sought.

        Raises `BadArgument`.
        """
        resume = hello.resume
        if not meet.kind:
            return hello
        name = self.directory.resolve(hello.room)
        room = self.directory.rooms.get(name)
        if room is None:
            comes_back = self.directory.codes.knows(name)  # it is kept, or was lost with its players
        else:
            comes_back = resume is not None and room.seats.find(resume.session) is not None
        if comes_back:
            return replace(hello, room=name, meet=replace(meet, how="", kind="", party=0))
        return replace(hello, room=meet.kind, meet=replace(meet, kind=""))

    # ------------------------------------------------------------------ which room

    def _find_room(self, now: float) -> None:
        """Raises `Refused` and `BadArgument`."""
        hello, directory = self._hello, self.directory
        may_ask = directory.kinds is not relays_only and not self._may_have_session(hello)
        if may_ask and self._asks_rules(directory.resolve(hello.room), now):
            return
        room = directory.open(hello.room, self, now, hello.meet)
        if room is None:
            self.stage = Stage.OPENING
        else:
            self._enter(room, now)

    def _may_have_session(self, hello: Hello) -> bool:
        """Whether it may be somebody who was let in before; the room says so, once it is open."""
        if hello.resume is None or (hello.meet is not None and hello.meet.how):
            return False
        name = self.directory.resolve(hello.room)
        return name in self.directory.rooms or self.directory.codes.knows(name)

    def _asks_rules(self, room: str, now: float) -> bool:
        hello = self._hello
        options = {} if hello.meet is None else read_options(hello.meet.options)
        return self._has_to_ask(room, hello.name.strip(), hello.credential, options, now)

    def _go_in(self, now: float) -> None:
        self._find_room_again(now)

    def _refuse_who_it_is(self, error: Refused, now: float) -> None:
        wait = 0.0
        if error.code == "auth-refused" and self._hello.credential is not None:
            wait = self.directory.auth.wait_after_wrong(self.account, now)
        if wait:
            self._refuse_late(WrongGuess(error.code, error.message, wait), now)
        else:
            self._refuse(error)

    def _enter(self, room: Room, now: float) -> None:
        meet = self._hello.meet
        waited = self.stage is Stage.OPENING and self.arriving is None  # with a session of the room, it is in
        if waited and meet is not None and not self.directory.brings_into(room, meet):
            self._find_room_again(now)
            return
        try:
            self._join_or_resume(room, now)
        except RoomHeld:
            self._wait_for(room)
        except BadArgument as error:
            self._fail(ProtocolError("bad-name", error.message))
        except WrongGuess as error:
            self._refuse_late(error, now)
        except Refused as error:
            self._refuse(error)

    def _find_room_again(self, now: float) -> None:
        """It was let in; or the room was shut, or another than it seemed, while it waited: into another."""
        try:
            self._find_room(now)
        except BadArgument as error:
            self._fail(ProtocolError("bad-name", error.message))
        except Refused as error:
            self._refuse(error)

    # ------------------------------------------------------------------ a seat

    def _join_or_resume(self, room: Room, now: float) -> None:
        """Take a place in the room, a new one or the one that the player had. Raises `Refused` and `BadArgument`."""
        hello = self._hello
        resume = hello.resume
        session = None if resume is None else room.seats.find(resume.session)
        known = self.arriving or (session is not None and (session.auth or session.id in room.state.players))
        if room.asks_who and not known and self._asks_rules(room.name, now):
            return
        if self.arriving is not None:
            session = self._arrive(room, now)
        elif session is None:
            session = let_in(self.directory, room, hello, self._known, self.account, now)
        else:
            session.auth = session.auth or self._known.auth
            room.come_back(session, now, self.account.key)
        if room.ruled and room.held:
            self._wait_for(room, session)
            return
        session.start = "" if session.looks_on and hello.start == WORLD else hello.start
        self._attach_session(room, session)
        self._actor = None if session.looks_on else session
        if resume is not None and self._has_been_in(session):
            self._lost = max(0, resume.seen - room.log.common(resume.epoch))
            if not (self._lost or resume.fresh):
                if session.knows_world is None:
                    session.knows_world = resume.world
                self._welcome(room, session, None, now)
                return
        # A newcomer; or it has seen what a crash has undone, or knows nothing of the room any more. Of what it had
        # sent, all must be in the snapshot: what would come after it, it could not tell from what was refused.
        start = room.start(session, self)
        if start is not None:
            self.begin(start, now)

    def _has_been_in(self, session: Session) -> bool:
        resume = self._hello.resume
        return bool(session.secret) and resume is not None and session.secret == resume.session

    @contained
    def begin(self, start: Start, now: float) -> None:
        if self.stage is Stage.PRESENT and self.room is not None and self.session is not None:
            self._welcome(self.room, self.session, start, now)

    def _welcome(self, room: Room, session: Session, start: Start | None, now: float) -> None:
        """Say welcome, and let the entries follow: after a start, or (None) after what the client has seen."""
        directory, resume = self.directory, self._hello.resume
        seen = resume.seen if start is None and resume is not None else room.log.last if start is None else start.seq
        welcome = codec.encode(welcome_of(directory, room, session, start, self._hello, self._lost, now))
        self._owe_start(room, len(welcome))
        self._write(self.wire.pack([welcome]))
        self._hello, self._known = NOBODY, NOTHING_KNOWN
        if room.subscriptions.report_every and directory.show is None:
            self.request_reports(room.subscriptions.report_every)
        room.attach(session, self.connection, self.wire, seen)
        if start is not None and session.start == WORLD and not session.knows_world:
            self.refuse("no-world", room.without_world())

    # ------------------------------------------------------------------ who is not let in

    def _refuse_late(self, error: WrongGuess, now: float) -> None:
        self._fail_at, self.stage = now + error.wait, Stage.REFUSED
        self._wrong = ProtocolError(error.code, error.message)

    def _refuse(self, error: Refused) -> None:
        self._fail(ProtocolError(error.code, error.message))
