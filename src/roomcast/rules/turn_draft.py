"""What the rules have said: events, answers, players sent out. First in a draft, then in the open batch."""

from __future__ import annotations

from typing import Any, Final

from msgspec import Raw

from roomcast.core.protocol.names import EVENTS, check_command
from roomcast.core.protocol.turn_effects import Answer, Event
from roomcast.core.room.decisions import Emitted
from roomcast.errors import BadArgument
from roomcast.rules.json_texts import encoded_to_say
from roomcast.rules.rejection import RulesMistake

MOST_EVENTS: Final = 64  # of one decision: each goes to everyone, and one command brings them about


class TurnDraft:
    """`events` and the rest are of the open batch; `draft_…` of the decision that is being made."""

    __slots__ = ("answers", "draft_answer", "draft_events", "draft_out", "events", "sent_out", "weight")

    def __init__(self) -> None:
        self.events: list[Emitted] = []
        self.answers: dict[str, list[Answer]] = {}  # by player
        self.sent_out: dict[str, str] = {}  # players, and why
        self.draft_events: list[Emitted] = []
        self.draft_answer: tuple[str, Answer] | None = None
        self.draft_out: dict[str, str] = {}  # one object for all drafts: `Players` looks into it
        self.weight = 0  # bytes of events and answers of the draft

    def emit(self, name: str, args: Any, readers: frozenset[str] | None, by: str) -> None:
        """Let programs run their function of that name. Raises `RulesMistake`."""
        if len(self.draft_events) >= MOST_EVENTS:
            raise RulesMistake(f"one turn may emit {MOST_EVENTS} events at most: put what there are many of into state")
        try:
            check_command(name)
        except (BadArgument, TypeError, AttributeError):
            raise RulesMistake(f"self.emit({name!r}): an event has a name as a function has") from None
        if name in EVENTS:
            what = "programs know an event of that name, which comes by itself"
            raise RulesMistake(f"self.emit({name!r}): {what}. Call this one something else")
        text = encoded_to_say(args, f"what self.emit({name!r}) is given")
        self.weight += len(text)
        self.draft_events.append(Emitted(Event(name, Raw(text), by), readers))

    def relay(self, name: str, args: Raw, readers: frozenset[str] | None, by: str) -> None:
        """Let programs run their function of that name, with arguments as they came."""
        self.weight += len(args)
        self.draft_events.append(Emitted(Event(name, args, by), readers))

    def answer(self, player: str, n: int, result: Any, what: str) -> None:
        """Answer the ask with number `n`. Raises `RulesMistake`."""
        text = encoded_to_say(result, what)
        self.weight += len(text)
        self.draft_answer = player, Answer(n, Raw(text))

    @property
    def says(self) -> bool:
        return bool(self.draft_events or self.draft_answer or self.draft_out)

    def keep(self) -> None:
        if not self.says:
            return
        if self.draft_events:
            self.events += self.draft_events
        if self.draft_answer is not None:
            player, answer = self.draft_answer
            self.answers.setdefault(player, []).append(answer)
        if self.draft_out:
            self.sent_out.update(self.draft_out)
        self.undo()

    def undo(self) -> None:
        if self.says:
            self.draft_events, self.draft_answer = [], None
            self.draft_out.clear()
        self.weight = 0

    def close(self) -> tuple[tuple[Emitted, ...], dict[str, str], dict[str, list[Answer]]]:
        """What was said in the open batch."""
        if not (self.events or self.answers or self.sent_out):
            return (), {}, {}
        said = tuple(self.events), self.sent_out, self.answers
        self.events, self.sent_out, self.answers = [], {}, {}
        return said
