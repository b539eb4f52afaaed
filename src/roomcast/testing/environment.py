"""What every simulated part shares: one timeline, one random generator, one network, one trace."""

from __future__ import annotations

from random import Random

from roomcast.testing.network import Network
from roomcast.testing.timeline import Timeline
from roomcast.testing.trace import Trace


class Environment:
    """The surroundings of the server and the programs. `chance` is seeded: the only source of randomness."""

    def __init__(self, seed: int, *, follow: bool = False) -> None:
        self.chance = Random(seed)
        self.timeline = Timeline()
        self.trace = Trace(self.timeline, follow=follow)
        self.network = Network(self.timeline, self.chance, self.trace.carried)
