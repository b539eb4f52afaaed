"""Pages of a room's log, for observers who look back: from the oldest state that is kept up to what they were sent.

Nothing is kept for one who asks. It says what it has, and is sent what comes after that, a page at a time; of private
commands it sees what it sees as they happen.
"""

from __future__ import annotations

from typing import Final

from msgspec import Raw

from roomcast.core.protocol import codec
from roomcast.core.protocol.messages import Snapshot
from roomcast.core.protocol.observer_messages import History, HistoryRequest
from roomcast.core.room.fold import snapshot
from roomcast.core.room.room import Room

PAGE: Final = 32 * 1024  # bytes of entries in a page, about: a phone reads it in a moment, and asks for the next


def page_of(room: Room | None, request: HistoryRequest, admin: bool) -> History:
    """The page that is asked for; the first one where the log does not have the entry that was the last.

    `room`: where it is open. `admin`: private commands are open.
    """
    if room is None:
        return History(0, 0, (), Snapshot())
    last = room.feed.flushed
    oldest = room.oldest_state()
    if oldest is None:
        return History(last, last)
    after = request.after
    if room.log.gone < after <= last and _time_of(room, after) == request.at:
        return History(after, last, _entries(room, after, last, admin))
    start = snapshot(oldest.state, oldest.at)
    return History(oldest.seq, last, _entries(room, oldest.seq, last, admin), start)


def _time_of(room: Room, seq: int) -> int:
    (line,) = room.log.lines(seq - 1, seq)
    return codec.time_of(line)  # not decoded: it may be long, and what is asked is short


def _entries(room: Room, after: int, last: int, admin: bool) -> tuple[Raw, ...]:
    log = room.log
    upto = log.fitting(after, last, PAGE)
    lines = log.lines(after, upto)
    private = log.private(after, upto) if admin else {}
    if private:
        lines = [private[seq].line if seq in private else line for seq, line in enumerate(lines, after + 1)]
        size = 0
        for count, line in enumerate(lines):
            size += len(line)
            if size > PAGE and count:
                del lines[count:]
                break
    return tuple(map(Raw, lines))
