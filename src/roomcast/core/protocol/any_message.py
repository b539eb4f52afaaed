"""Everything that a client may send, and everything that a server may."""

from __future__ import annotations

from typing import TypeAlias

from roomcast.core.protocol.ask_message import AskRequest
from roomcast.core.protocol.messages import (
    AnyEntry,
    Begin,
    BeginRequest,
    Bye,
    Check,
    Done,
    DoRequest,
    Error,
    Hello,
    Hidden,
    Ping,
    Pong,
    Report,
    Save,
    SavedWorld,
    SetRequest,
    Skipped,
    Tick,
    Wake,
    Welcome,
)
from roomcast.core.protocol.observer_messages import (
    Close,
    Counts,
    History,
    HistoryRequest,
    Kick,
    TraceReport,
    Watch,
    Watching,
)

ClientMessage: TypeAlias = (
    Hello
    | DoRequest
    | AskRequest
    | SetRequest
    | Done
    | Check
    | BeginRequest
    | SavedWorld
    | Ping
    | Wake
    | Watch
    | HistoryRequest
    | Kick
    | Close
)

ServerMessage: TypeAlias = (
    Welcome
    | AnyEntry
    | Hidden
    | Skipped
    | Begin
    | Save
    | Tick
    | Pong
    | Report
    | Error
    | Bye
    | Watching
    | TraceReport
    | Counts
    | History
)
