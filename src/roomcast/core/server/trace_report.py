"""A command's trace as observers are sent it."""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol import codec
from roomcast.core.protocol.line_codec import LineCodec
from roomcast.core.protocol.messages import Do
from roomcast.core.protocol.observer_messages import TraceReport
from roomcast.core.room.command_trace import CommandTrace

MAX_SHOWN: Final = 4096  # bytes of a message that are shown


def report_of(trace: CommandTrace, at: int, lines: LineCodec) -> TraceReport:
    """A trace as observers are sent it. `at`: Unix milliseconds at which the server read the command."""
    return TraceReport(
        s=trace.seq,
        by=trace.by,
        at=at,
        c=trace.command,
        came=_shown(trace.came),
        size=len(trace.came),
        went=_shown(trace.went),
        length=len(trace.went),
        waited=(trace.sent_at - trace.received_at) * 1000 if trace.sent_at else 0.0,
        starter=trace.starter,
        frame=trace.frame,
        acted=trace.acted_to_sent,
        to=trace.readers,
        silent=trace.silent,
        line=_shown(_line_of(trace, lines)) if trace.silent else "",
        got=trace.received,
        ran=trace.ran,
    )


def _line_of(trace: CommandTrace, lines: LineCodec) -> bytes:
    """What line clients read of it."""
    entry = codec.decode_server(trace.went)
    assert isinstance(entry, Do)
    return lines.render(entry)


def _shown(text: bytes) -> str:
    return text[:MAX_SHOWN].decode("utf-8", "ignore")
