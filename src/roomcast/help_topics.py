"""The help topics: every error and every hint belongs to one, and its text ends in a link to it.

A topic is one word, and has one entry in docs/troubleshooting.md, under a heading of that word. `roomcast help WORD`
prints the entry, offline; a server shows it at /learn/troubleshooting.html#WORD. Nothing of this goes over the wire
(docs/protocol.md): there, the codes do, and each end finds the topic of a code here. What a server answers in plain
text over HTTP, to be read in a browser, ends in a link to its own page.

`roomcast.js` has the same links (js/help_topics.js), which a test compares with `OF_CODE`.
"""

from __future__ import annotations

import re
from typing import Final

TOPICS: Final[dict[str, str]] = {
    # ------------------------------------------------ nobody can be reached
    "no-server": "no server answers at an address",
    "no-server-found": "no server was found on this computer or on the network",
    "which-server": "several servers are meant",
    "no-answer": "a server does not answer in time",
    "not-roomcast": "what answers is no Roomcast server",
    "not-let-in": "a server, or a proxy before it, does not let this program in",
    "address": "an address, or a room, is not written as one",
    "wrong-code": "a room's code has a wrong letter",
    "no-page": "the server has no page at an address",
    "request": "the server does not take a request over HTTP",
    "first-here": "nobody else is in the room, and another one has a similar name",
    # ------------------------------------------------ the room is full, or over
    "room-full": "the room has no seat left",
    "password": "the room has a password",
    "credential": "the room's rules ask who comes, and do not let this player in",
    "server-full": "the server has no room for more",
    "kicked": "whoever runs the server has sent the player out, or closed the room",
    "closing": "the server is closing",
    "replaced": "the same player has come back from elsewhere",
    "away-too-long": "the connection was lost for longer than the seat was kept",
    "closed": "the room is over for this program",
    "connection-lost": "the connection is lost, and comes back by itself",
    "server-restarted": "the server has forgotten what this program knew",
    "late": "a program came late, and does not see what was before",
    "old-program": "an old program, and the server's starter port, do not understand each other",
    "room-broken": "something failed in the server",
    "disk": "the server cannot write to its disk",
    "version": "the client and the server speak different versions of the protocol",
    "protocol": "one side sends what the other does not understand",
    "token": "a token that is not the server's, or no token",
    "watch-full": "the room has too many observers",
    "not-allowed": "that is for players, or for whoever has the server's token",
    # ------------------------------------------------ functions and calls
    "pump": "functions never run, because the program never pumps",
    "arguments": "a call does not fit its function",
    "rules": "a room with rules refuses something, or its file does not load",
    "not-sendable": "a value cannot be sent",
    "too-big": "a message, or what is shared, is too big",
    "too-fast": "more is sent than can be taken",
    "outdated": "what is sent with latest= or ttl=, and dropped where it comes too late",
    "unanswered": "something was sent, and never acknowledged",
    "bytes": "a call with bytes did not come whole",
    "decorator": "a function cannot be registered like this",
    "type-hint": "a type hint that cannot come over the network",
    "event-name": "the name of an event is wrong, or is used for a command",
    "unknown-command": "a command for which there is no function",
    "same-name": "two functions have one name",
    "bad-name": "a name that is not allowed",
    "to": "a message for a player who is not here",
    "busy": "two threads or tasks, or a function in itself, run the room's entries",
    # ------------------------------------------------ shared state, and the room itself
    "read-only": "what was read of shared state was to be changed in place",
    "state": "shared state is set in a wrong way",
    "counting": "what is added is no number, a claim claims nothing, or everything counts several times",
    "no-such-player": "a player's id that is none, or another player's state",
    "not-copied": "a room, a player or shared state cannot be replaced, copied or pickled",
    "check": "room.check cannot compare the programs, or finds that they differ",
    "dice": "room.random is used where not everyone rolls the same, or Python's own random where all should",
    "timers": "a timer is set, or room.entry asked, where not everyone does so at the same place",
    "keep": "the session cannot be kept",
    "attach": "room.attach was given something that is no window",
    "setting": "a setting has a value that it cannot have",
    # ------------------------------------------------ servers and the command line
    "port-taken": "the port is taken",
    "cannot-listen": "the server cannot listen there",
    "serve-options": "an option of the server makes no sense",
    "recording": "a recording cannot be read or written, or something is sent in a replay",
    "kept-file": "a file of rooms cannot be used",
    "install": "a part of Roomcast is missing, or Python is too old",
    "exercise": "roomcast learn check does not find the file of an exercise",
    "adopt": "a file cannot be adopted",
    "usage": "the command line is not understood",
    "failed": "what is not expected, or has no topic of its own",
}
"""By topic: what has happened, for the list that `roomcast help` prints."""

ASKED_FOR: Final[dict[str, str]] = {
    "not-installed": "Python does not find roomcast",
    "tkinter": "Python has no tkinter, or no screen to open a window on",
    "frozen-window": "a window does not react",
    "wrong-thread": "Tk is used from a thread",
    "unicode": "é arrives as two letters, or not at all",
    "half-messages": "recv returns half a line, or two",
    "nobody-moves": "no error at all, and the others see nothing",
}
"""More topics: no message of Roomcast leads to them, and yet they are asked for."""

OF_CODE: Final[dict[str, str]] = {
    "bad-message": "protocol",
    "unknown-type": "protocol",
    "hello-first": "protocol",
    "hello-late": "protocol",
    "version": "version",
    "bad-name": "bad-name",
    "bad-argument": "arguments",
    "too-big": "too-big",
    "state-full": "too-big",
    "no-world": "late",
    "rejected": "rules",
    "no-rules": "rules",
    "no-command": "rules",
    "rules-failed": "rules",
    "rate": "too-fast",
    "room-full": "room-full",
    "room-locked": "room-full",
    "bad-password": "password",
    "auth-refused": "credential",
    "auth-late": "credential",
    "no-room": "closed",
    "rooms-full": "server-full",
    "disk": "disk",
    "server-full": "server-full",
    "gap": "protocol",
    "origin": "not-let-in",
    "silent": "away-too-long",
    "replaced": "replaced",
    "left": "closed",
    "lost": "away-too-long",
    "timeout": "away-too-long",
    "closing": "closing",
    "kicked": "kicked",
    "room-closed": "kicked",
    "bad-token": "token",
    "not-allowed": "not-allowed",
    "watch-full": "watch-full",
    "room-broken": "room-broken",
    "server-error": "room-broken",
    "incomplete": "bytes",
    "replay": "recording",
    "unanswered": "unanswered",
}
"""By code of the wire (`roomcast.errors.CODES`): its topic."""


_LINK: Final = re.compile(r" ?\(help: [^()]*\)$")


def link(topic: str) -> str:
    """What the text of an error ends in, without a blank before it.

    >>> link("no-server")
    '(help: roomcast help no-server)'
    """
    return f"(help: roomcast help {topic})"


def with_link(sentence: str, topic: str) -> str:
    """A sentence and its link. One that is empty, or has its link already, stays as it is.

    >>> with_link("no server answers", "no-server")
    'no server answers (help: roomcast help no-server)'
    """
    return sentence if not sentence or "(help: roomcast " in sentence else f"{sentence} {link(topic)}"


def page_link(topic: str) -> str:
    """The same for who reads it in a browser: where the server that says so shows the entry.

    >>> page_link("not-let-in")
    '(help: /learn/troubleshooting.html#not-let-in)'
    """
    return f"(help: /learn/troubleshooting.html#{topic})"


def without_link(text: str) -> str:
    """What somebody else has said, without the link in which it ends, if it does.

    >>> without_link("a page of x may not connect (help: /learn/troubleshooting.html#not-let-in)")
    'a page of x may not connect'
    """
    return _LINK.sub("", text)
