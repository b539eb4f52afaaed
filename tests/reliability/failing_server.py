"""`roomcast`, but for one thing: at SIGUSR1, the next flush of a room raises, as it would for a lack of memory."""

from __future__ import annotations

import logging
import signal

from roomcast.cli import main
from roomcast.core.room.feed import Feed

ORDERED = "a flush that was told to fail"
PASSED_OVER = "passed over"  # a line of a starter client

fail_next = False
flush = Feed.flush


def _order_failure(*_: object) -> None:
    global fail_next
    fail_next = True


def _flush(feed: Feed, upto: int) -> None:
    global fail_next
    if fail_next:
        fail_next = False
        raise MemoryError(ORDERED)
    flush(feed, upto)


def _not_ordered(record: logging.LogRecord) -> bool:
    """Leave out of the log what was ordered, and garbage to the starter port, so that all else is seen there."""
    error = record.exc_info[1] if record.exc_info else None
    return PASSED_OVER not in record.getMessage() and (error is None or ORDERED not in str(error))


Feed.flush = _flush  # type: ignore[method-assign]
logging.getLogger("roomcast.server").addFilter(_not_ordered)
signal.signal(signal.SIGUSR1, _order_failure)
main()
