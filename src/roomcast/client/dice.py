"""The room's dice: a `random.Random` that gives the same numbers in everyone's functions."""

from __future__ import annotations

import random
from collections.abc import Callable, MutableSequence, Sequence
from typing import Any, Final, Never, Self, SupportsIndex, TypeVar

from roomcast.client.running import NOWHERE, RunningCall
from roomcast.core.protocol.prng import Generator
from roomcast.errors import BadArgument

_T = TypeVar("_T")
_OWN: Final = "For what only this program sees, take Python's own: import random"


class RoomRandom(random.Random):
    """The dice of a room, `room.random`: in functions that are run for an entry, they give everyone the same numbers.

    Each call of a function has a generator of its own, which follows from the room's seed and the entry's place in the
    order: so the numbers are the same whoever joined when. It can be used wherever the room runs a function for an
    entry of its log, or a timer: for commands, and for the events "join", "leave", "away", "back", "set", "desync" and
    "progress". Anywhere else, every method raises `BadArgument`; so do, everywhere, those of `random.Random` that are
    not here.

    Not for secrets: whoever is in the room can foresee all numbers.
    """

    def __new__(cls, *args: object) -> Self:
        return super().__new__(cls)  # which would take the first argument for a seed

    def __init__(self, running: Callable[[], RunningCall | None], seed: Callable[[], str]) -> None:
        self._running = running  # gives the call out of which we are asked
        self._seed = seed

    @property
    def _generator(self) -> Generator:
        """That of the call that runs now. Raises `BadArgument` where none does that all others make as well."""
        call = self._running()
        if call is None:
            raise BadArgument(
                "room.random is used outside of the room's functions, where others roll something else or nothing: "
                f"roll in a function under @room.everywhere, and call that. {_OWN}",
                topic="dice",
            )
        if call is NOWHERE:
            raise BadArgument(
                "room.random is used in a function that is not run for an entry of the room's order (such as a join of "
                "who was here before us, an error, or a check): others do not run it at the same place. Roll in a "
                f"function under @room.everywhere. {_OWN}",
                topic="dice",
            )
        if call.generator is None:
            call.generator = Generator(f"{self._seed()}:{call.key}")
        generator: Generator = call.generator
        return generator

    # ------------------------------------------------------------------ whole numbers

    def randint(self, a: int, b: int) -> int:
        """A whole number from `a` to `b`, both included: a die is `randint(1, 6)`."""
        return self._generator.randint(a, b)

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """One of the numbers of `range(start, stop, step)`."""
        return self._generator.randrange(start, stop, step)

    def getrandbits(self, k: SupportsIndex, /) -> int:
        """A whole number of `k` bits."""
        return self._generator.getrandbits(k)

    def randbytes(self, n: int) -> bytes:
        """`n` bytes, each from 0 to 255."""
        return self._generator.randbytes(n)

    # ------------------------------------------------------------------ one or more of several

    def choice(self, seq: Sequence[_T]) -> _T:  # type: ignore[override]
        """One element of a sequence. Not of a set, which has another order in every program: `choice(sorted(…))`."""
        return self._generator.choice(seq)

    def choices(  # type: ignore[override]
        self,
        population: Sequence[_T],
        weights: Sequence[float] | None = None,
        *,
        cum_weights: Sequence[float] | None = None,
        k: int = 1,
    ) -> list[_T]:
        """`k` elements, each of which may come again. `weights`: how likely each is; `cum_weights`: their sums."""
        return self._generator.choices(population, weights, cum_weights=cum_weights, k=k)

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Put a list into a random order, in place."""
        self._generator.shuffle(x)

    def sample(self, population: Sequence[_T], k: int, *, counts: Sequence[int] | None = None) -> list[_T]:  # type: ignore[override]
        """`k` different elements of a sequence, in random order. `counts`: how often each is there."""
        return self._generator.sample(population, k, counts=counts)

    # ------------------------------------------------------------------ fractions

    def random(self) -> float:
        """A number from 0.0 up to, but not including, 1.0."""
        return self._generator.random()

    def uniform(self, a: float, b: float) -> float:
        """A number between `a` and `b`."""
        return self._generator.uniform(a, b)

    def triangular(self, low: float = 0.0, high: float = 1.0, mode: float | None = None) -> float:
        """A number from `low` to `high`, the likelier the nearer to `mode`, by default the middle."""
        return self._generator.triangular(low, high, mode)

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """A number of the normal distribution with mean `mu` and standard deviation `sigma`."""
        return self._generator.gauss(mu, sigma)

    def normalvariate(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """As `gauss`: a number of the normal distribution."""
        return self._generator.gauss(mu, sigma)

    def expovariate(self, lambd: float = 1.0) -> float:
        """A time until the next event, where on average `lambd` of them come in one unit of time."""
        return self._generator.expovariate(lambd)

    def __repr__(self) -> str:
        return "<the room's dice>"

    def __reduce__(self) -> Never:
        raise BadArgument("the room's dice cannot be copied or pickled: use room.random itself", topic="dice")


def _is_missing(name: str) -> Callable[..., Never]:
    def missing(self: RoomRandom, *args: object, **kwargs: object) -> Never:
        raise BadArgument(
            f"room.random has no {name}(), for it is the same in all languages, and its state is the room's. It has "
            "random, uniform, randint, randrange, choice, choices, shuffle, sample, gauss, triangular and expovariate",
            topic="dice",
        )

    missing.__name__ = name
    return missing


# What later versions of Python add would not be the same for everyone.
for _name in dir(random.Random):
    if not _name.startswith("_") and _name not in vars(RoomRandom) and callable(getattr(random.Random, _name)):
        setattr(RoomRandom, _name, _is_missing(_name))
