"""Who asks for the beginning or for a world gets it; a world is that of most, and who differs is named."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from roomcast.core.protocol.messages import Desync
from roomcast.core.room.commit_log import World
from roomcast.core.room.room import Room
from roomcast.testing.program_view import ProgramView, WelcomeContext
from roomcast.testing.promises import BEGIN, OWN, WORLD, Broken
from roomcast.testing.true_log import TrueLog


def begins_where_it_asked(view: ProgramView, seq: int, world: str, welcome: WelcomeContext) -> None:
    """A program that asks for the beginning starts there, where the room has its whole log; or else with a world."""
    if welcome.start and welcome.all_kept and seq > 0 and not (world and welcome.start == "world"):
        raise Broken(BEGIN, f"{view} asked for {welcome.start}, and starts after entry {seq} of a log that is whole")


def begins_with_the_world(view: ProgramView) -> None:
    """Somebody has the world, and nothing hinders it to give it: a newcomer who asks for it has it, too."""
    if not view.whole:
        raise Broken(BEGIN, f"{view} asked for the world, and another program has it: it is told that there is none")


def waits_for_no_world(room: Room) -> None:
    """In the end: nobody waits for a world, which nobody has given for so long."""
    if room._starts.wanting:
        who = ", ".join(one.session.id for one in room._starts.wanting)
        raise Broken(BEGIN, f"{who} wait for a world of {room.name}")


def worlds_agree(view: ProgramView, at: int, text: str) -> None:
    """At one place all save the same text, timers that wait included. `at`: the room's time, Unix milliseconds."""
    if view.taint:
        view.log.origin(view.seq).false_worlds.add(text)
    else:
        if not view.whole:
            raise Broken(WORLD, f"{view} is asked for its world after entry {view.seq}, and has missed something")
        true = view.log.origin(view.seq).worlds.setdefault((view.seq, at), text)
        if true != text:
            raise Broken(OWN, f"{view} saves, after entry {view.seq} at {at}, {text} where others save {true}")


def world_is_that_of_most(log: TrueLog, world: World, answers: Mapping[str, str]) -> None:
    """A world that a room takes is the true one, unless more of those who were asked have said another.

    `answers`: hashes of those who were asked, by player.
    """
    true = log.world(world.seq, world.snapshot.at)
    if true is None or world.text == true:
        return
    right = _who_says(true, answers)
    if len(right) * 2 >= len(answers):
        raise Broken(WORLD, f"{log.room.name} takes a false world at {world.seq}: {sorted(right)} say another")


def liars_are_named(log: TrueLog, seq: int, at: int, answers: Mapping[str, str]) -> None:
    """Of those who were asked, less than half gave false answers: these are named."""
    true = log.world(seq, at)
    if true is None:
        return
    liars = answers.keys() - _who_says(true, answers)
    if 0 < len(liars) * 2 < len(answers) and not any(set(entry.who) == liars for entry in _desyncs(log)):
        raise Broken(WORLD, f"{sorted(liars)} of {sorted(answers)} lied about {log.room.name} at {seq}: not named")


def named_for_a_reason(log: TrueLog, desync: Desync, at: int, answers: Mapping[str, str]) -> None:
    """Nobody is named for the true answer, unless no more have given it than others."""
    true = log.world(desync.after, at)
    if true is None:
        return
    right = _who_says(true, answers)
    if (named := right.intersection(desync.who)) and len(right) * 2 > len(answers):
        raise Broken(WORLD, f"entry {desync.s} of {log.room.name} names {sorted(named)}, who told the truth")


def opened_with_a_world_of_its_own(log: TrueLog, world: World) -> None:
    """The world of a room that opens again is of its log, and not of entries that a crash has undone."""
    if world.seq > log.base:
        raise Broken(WORLD, f"{log.room.name} opens with {log.base} entries, and a world after {world.seq}")
    if world.text in log.origin(world.seq).false_worlds:
        return
    if log.world(world.seq, world.snapshot.at) != world.text:
        raise Broken(WORLD, f"{log.room.name} opens with a world after {world.seq} that nobody has given")


def _who_says(true: str, answers: Mapping[str, str]) -> set[str]:
    digest = hashlib.sha256(true.encode()).hexdigest()
    return {player for player, answer in answers.items() if answer == digest}


def _desyncs(log: TrueLog) -> list[Desync]:
    return [entry for entry in log.entries if isinstance(entry, Desync)]
