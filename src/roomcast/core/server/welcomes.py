"""The welcome: all that a client is told when it is let in."""

from __future__ import annotations

from roomcast.core.protocol.made_names import read_made_name
from roomcast.core.protocol.messages import Hello, Welcome
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session, Start
from roomcast.core.server.directory import Directory
from roomcast.core.server.similar_rooms import similar_kinds, similar_rooms


def welcome_of(
    directory: Directory, room: Room, session: Session, start: Start | None, hello: Hello, lost: int, now: float
) -> Welcome:
    """For one who begins after a start, or (None) after what it has seen. `lost`: entries that a crash has undone."""
    resumed = bool(session.secret) and hello.resume is not None and session.secret == hello.resume.session
    seq, n, snapshot = (room.log.last, session.n, None) if start is None else (start.seq, start.n, start.snapshot)
    is_new = hello.resume is None and seq == 1  # nothing in its log but this join
    return Welcome(
        me=session.id,
        session=session.secret,
        s=seq,
        time=room.log.time(now),
        upto=0 if start is None or start.upto == seq else start.upto,
        world="" if start is None else start.world,
        before=0 if start is None or resumed or start.upto > seq else room.log.commands,
        limits=directory.client_limits,
        snapshot=snapshot,
        resumed=resumed,
        n=n,
        epoch=room.log.epoch,
        lost=lost,
        steps=directory.show is not None,
        room="" if hello.room == room.name else room.name,
        code=directory.code(room.name),
        ticket=session.ticket,
        near=_near(directory, room.name) if is_new else (),
    )


def _near(directory: Directory, room: str) -> tuple[str, ...]:
    """What else may be meant by the name of a new room: kinds with rules, where it has none; else other rooms."""
    kinds = similar_kinds(room, directory.kinds.names) if directory.kinds(room) is None else ()
    return kinds or (() if read_made_name(room) else similar_rooms(room, directory.rooms.values()))
