"""A program that acts at random in a room of `random_rules`, and checks in the end what became of all of it."""

from __future__ import annotations

from random import Random
from typing import ClassVar, Final

from roomcast.client.asking import Answer
from roomcast.core.room.commit_log import Level
from roomcast.testing.marked_secrets import MARK
from roomcast.testing.promises import END, ONCE, Broken
from roomcast.testing.random_program import RandomProgram
from roomcast.testing.random_rules import Lab
from roomcast.testing.simulated_room import SimulatedRoom

_REFUSED: Final = frozenset({"rejected", "rules-failed", "bad-argument", "no-command"})  # certainly not done
_TOO_LONG: Final = 2.0  # seconds: more than a handler may wait, in these scenarios


class RuledPlayer(RandomProgram):
    """Sends commands until `stop`."""

    longest_burst: ClassVar[int] = 8

    def __init__(self, room: SimulatedRoom, number: int, chance: Random, lab: Lab) -> None:
        super().__init__(room, number, chance)
        self._lab = lab
        self._asked: dict[str, Answer] = {}  # by key
        self._sent: list[str] = []  # keys of commands that want no answer
        self._register()
        self._begin()

    def _register(self) -> None:
        room = self.room

        @room.command("shout")
        def shout(player: object, number: int, count: int) -> None:
            self._calls += 1

        for word in ("hello", "psst", "act", "wait", "plot"):
            room.command(word)(lambda *what: None)  # events are compared where they arrive

        for event in ("error", "offline", "lost"):
            room.on(event)(lambda *what: None)

    def _say(self) -> None:
        self.room.send("shout", self._number, self._count)

    def _act_once(self, choice: float) -> None:
        room, chance = self.room, self._chance
        key = f"{room.view.name}.{self._count}"
        if choice < 0.4:
            self._asked[key] = room.ask("act", key)
        elif choice < 0.68:
            self._sent.append(key)
            room.send("act" if choice < 0.6 else "plot", key)
        elif choice < 0.75:
            wait = chance.choice((0.0, 0.0, 0.01, 0.1, 0.3, _TOO_LONG))
            self._asked[key] = room.ask("wait", key, wait)
        elif choice < 0.9:
            to = None if chance.random() < 0.5 else [player.id for player in room.players if chance.random() < 0.4]
            room.send("shout", self._number, self._count, to=to)
        elif choice < 0.93:
            room.me["mark"] = self._count  # is refused: rules alone set state
        elif choice < 0.96:
            self._asked[key] = room.ask("act")  # is refused: it has no key
        else:
            self._asked[key] = room.ask("jump", key)  # is refused: there is no such command

    # ------------------------------------------------------------------ in the end

    def check(self) -> None:
        """What was answered is done, what was refused is not, all of it once. Raises `Broken`."""
        view = self.room.view
        if self._calls != view.commands:
            raise Broken(ONCE, f"{view} ran {view.commands} commands, and its function was called {self._calls} times")
        if not view.sessions or view.shared:
            return
        newest = self.room._server.audit.newest(view.log)
        if newest.rules is None or not newest.rules.moments:
            return
        done = newest.rules.at(newest.last).done
        stands = newest.level is Level.FULL or not (view.missed or view.sessions > 1 or view.log is not newest)
        for key, answer in self._asked.items():
            self._check_answer(key, answer, done, stands=stands)
        missing = [key for key in self._sent if key not in done]
        if view.present and stands and len(missing) > view.actions.reported_lost:
            raise Broken(END, f"{view} sent {missing}, and was told of {view.actions.reported_lost} that were lost")
        if view.present and newest.level is Level.FULL and view.sessions == 1:
            for key in (*self._asked, *self._sent):
                if self._lab.stood.get(key) and key not in done:
                    raise Broken(END, f"{key} of {view} was done, undone by a crash, and not sent again")

    def _check_answer(self, key: str, answer: Answer, done: frozenset[str], *, stands: bool) -> None:
        view, pending = self.room.view, answer.pending
        if view.present and not answer.done:
            raise Broken(END, f"{view} was never answered what became of {key}")
        # To one that is sent out for good, the end says the reason, whatever had become of what it had asked.
        if view.present and answer.done and pending.code in _REFUSED and key in done:
            raise Broken(ONCE, f"{view} was told that {key} is refused ({pending.code}), and it is done")
        if answer.done and not pending.code:
            if stands and key not in done:
                raise Broken(ONCE, f"{view} was told that {key} is done, and it is not")
            if MARK not in bytes(pending.result):
                raise Broken(ONCE, f"{view} was answered {pending.result!r} to {key}")
