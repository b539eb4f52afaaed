"""Who waits for `on_auth`: a limited number of runs at once, the others in line.

Addresses take turns, and one address has no more than its share of the runs. So neither many who come from one address
nor a slow `on_auth` delays the others.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable

from roomcast.core.protocol.limits import Limits, exceeded, share_of
from roomcast.core.server.accounts import Account
from roomcast.core.server.auth_runs import AuthRun, AuthRuns
from roomcast.core.server.failures import Failures
from roomcast.core.server.guesses import Guesses
from roomcast.core.server.peer_contract import ServerPeer
from roomcast.core.server.prices import WRONG_CREDENTIAL
from roomcast.errors import Refused

_LATE = "the room's rules took too long to say whether you may come in: try again"
_IN_LINE = "too many want to come in at once: try again"


class _Asking:
    """One peer, and what is asked for it."""

    __slots__ = ("address", "peer", "run", "since")

    def __init__(self, peer: ServerPeer, run: AuthRun, now: float) -> None:
        self.peer: ServerPeer | None = peer  # None: it is gone, or has been told that it took too long
        self.address = peer.account.key
        self.run = run
        self.since = now  # in line


class AuthLine:
    """Of one server. `runs` runs what is asked, and calls `ended` and `late`.

    `log` is called with a sentence where somebody seems to guess.
    """

    def __init__(self, limits: Limits, runs: AuthRuns, failures: Failures, log: Callable[[str], object]) -> None:
        self._limits = limits
        self._runs = runs
        self._failures = failures
        self._line: dict[str, deque[_Asking]] = {}  # by address, in the order of their turns
        self._of_peer: dict[ServerPeer, _Asking] = {}
        self._running: dict[AuthRun, _Asking] = {}  # also those that were given up, and have not ended yet
        self._running_of: Counter[str] = Counter()  # by address
        self._log = log
        self._guesses = Guesses(WRONG_CREDENTIAL, self._tell)

    def __len__(self) -> int:
        """How many peers wait."""
        return len(self._of_peer)

    @property
    def running(self) -> int:
        """How many are asked for at the moment, those among them that were given up and have not ended."""
        return len(self._running)

    def ask(self, peer: ServerPeer, run: AuthRun, now: float) -> None:
        """Let it be asked. `peer.auth_ended` follows, or `peer.open_failed`, which may come from in here."""
        asking = self._of_peer[peer] = _Asking(peer, run, now)
        self._line.setdefault(asking.address, deque()).append(asking)
        self._start_next()

    def ended(self, run: AuthRun, now: float) -> None:
        """A run has ended."""
        asking = self._running.get(run)
        if asking is None:
            return
        peer = self._over(asking)
        self._start_next()
        if peer is not None:
            peer.auth_ended(run, now)

    def late(self, run: AuthRun) -> None:
        """A run has taken too long: who waits for it is told so."""
        asking = self._running.get(run)
        if asking is None or asking.peer is None:
            return
        limits = self._limits
        peer = asking.peer
        run.give_up(exceeded("auth_time", limits, limits.auth_time, "it took too long, and nobody came in by it"))
        self.forget(peer)
        peer.open_failed(Refused("auth-late", exceeded("auth_time", limits, limits.auth_time, _LATE)))

    def forget(self, peer: ServerPeer) -> None:
        """The peer does not wait any more; does nothing where it never did."""
        asking = self._of_peer.pop(peer, None)
        if asking is None:
            return
        asking.peer = None
        if asking.run in self._running:
            asking.run.give_up("")
            self._runs.stop(asking.run)
            return
        line = self._line[asking.address]
        line.remove(asking)
        if not line:
            del self._line[asking.address]

    def wait_after_wrong(self, account: Account, now: float) -> float:
        """A credential was wrong. Returns seconds until its sender is told."""
        return self._guesses.wait_after(account, now)

    def _tell(self, address: str, guesses: int) -> None:
        self._log(f"{guesses} wrong credentials came from {address}: it is answered later each time")

    def sweep(self, now: float) -> None:
        """About once a second: who has been in line for too long is told so."""
        for asking in [one for one in self._of_peer.values() if one.run not in self._running]:
            waited, peer = now - asking.since, asking.peer
            if waited > self._limits.auth_time and peer is not None:
                self.forget(peer)
                peer.open_failed(Refused("auth-late", exceeded("auth_time", self._limits, waited, _IN_LINE)))

    def exclude_downtime(self, seconds: float, now: float) -> None:
        """The server was suspended for `seconds` until now: extend the deadlines of those in line by them."""
        for asking in self._of_peer.values():
            asking.since = min(asking.since + seconds, now)

    def _start_next(self) -> None:
        most = self._limits.auth_at_once
        share = min(share_of(most, self._limits), most)
        while len(self._running) < most:
            address = next((one for one in self._line if self._running_of[one] < share), None)
            if address is None:
                return
            line = self._line.pop(address)
            asking = line.popleft()
            if line:
                self._line[address] = line  # its next turn comes after those of all others
            self._start(asking)

    def _start(self, asking: _Asking) -> None:
        self._running[asking.run] = asking
        self._running_of[asking.address] += 1
        try:
            self._runs.start(asking.run)
        except Exception as error:
            peer = self._over(asking)
            self._failures.add("rules could not be asked who may come in", "", error)
            if peer is not None:
                peer.open_failed(Refused("server-error", "the server could not ask the room's rules: try again"))

    def _over(self, asking: _Asking) -> ServerPeer | None:
        """It runs no more. Returns who still waits for it."""
        del self._running[asking.run]
        self._running_of[asking.address] -= 1
        if not self._running_of[asking.address]:
            del self._running_of[asking.address]
        peer, asking.peer = asking.peer, None
        if peer is not None:
            del self._of_peer[peer]
        return peer
