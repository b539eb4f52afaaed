"""How somebody comes into a room who has no session there: past its password, with a party, or only to look on.

A seat that is reserved is charged, and counted among the connections of its address, as if somebody had come to take
it: so nobody keeps more seats from others by reserving them than by sitting in them.
"""

from __future__ import annotations

from typing import Final

from roomcast.core.protocol.limits import exceeded
from roomcast.core.protocol.meet_request import Meet
from roomcast.core.protocol.messages import Hello
from roomcast.core.room.parties import ALONE, Claim, Party
from roomcast.core.room.room import Room
from roomcast.core.room.session import Session
from roomcast.core.server.accounts import Account
from roomcast.core.server.auth_runs import Known
from roomcast.core.server.directory import Directory
from roomcast.core.server.prices import HELLO, WRONG_CODE
from roomcast.errors import Refused

_NOTHING: Final = Meet()
_TOO_LATE: Final = "the seats of your party are reserved no more"


def let_in(directory: Directory, room: Room, hello: Hello, known: Known, account: Account, now: float) -> Session:
    """A session for somebody new, of whom that is known. Raises `Refused` and `BadArgument`."""
    meet = hello.meet or _NOTHING
    held = bool(meet.ticket) and room.seats.parties.holds(meet.ticket)
    if room.meeting.password and not held:  # who is given a ticket need not be given the password, too
        directory.passwords.check(room, meet.password, account, now)
    if meet.spectate:
        return room.look_on(now, account.key)
    if meet.ticket and not held:
        account.charge(WRONG_CODE, now)
    claim = ALONE if meet is _NOTHING else _claim_of(directory, meet, account, now)
    try:
        name, auth = known.name or hello.name, known.auth
        session = room.join(name, directory.secret(), now, address=account.key, claim=claim, auth=auth)
    except Refused as error:
        if error.code == "room-full" and meet.ticket and not held:
            raise Refused(error.code, f"{error.message}; {_TOO_LATE}") from None
        raise
    if claim.party is not None:
        account.parties.append(claim.party)
    return session


def _claim_of(directory: Directory, meet: Meet, account: Account, now: float) -> Claim:
    """Raises `Refused` ("server-full") where the address has as many seats as it may."""
    limits, others = directory.limits, meet.seats - 1
    if not others:
        return Claim(None, meet.ticket) if meet.ticket else ALONE
    taken = account.connections + account.reserved + others
    if taken > limits.connections_address:
        what = f"too many connections and reserved seats for {account.key}"
        raise Refused("server-full", exceeded("connections_address", limits, taken, what))
    account.charge(others * HELLO, now)
    return Claim(Party(directory.secret(), others, now + limits.party_kept, account.key), meet.ticket)
