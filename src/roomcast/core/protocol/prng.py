"""The dice of a room: random numbers that follow from a key alone, with the same bits in every language.

The generator is xoshiro128** (David Blackman and Sebastiano Vigna: Scrambled linear pseudorandom number generators,
ACM Transactions on Mathematical Software 47, 2021; public domain, https://prng.di.unimi.it). Its state is the first 16
bytes of the SHA-256 of the key, as four little-endian words.

All else is made of its 32-bit words by whole numbers and by +, -, *, / and square roots of 64-bit floats, which
IEEE 754 rounds in one way only. Not by the logarithm of the platform's library: each has its own last digit of it.
`roomcast.js` does the same steps in prng.js; tests/vectors/dice.json holds both to the same numbers.
"""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import MutableSequence, Sequence
from hashlib import sha256
from itertools import accumulate
from math import inf, sqrt
from operator import index
from typing import Any, Final, SupportsIndex, TypeVar

from roomcast.errors import BadArgument

_T = TypeVar("_T")
_MASK: Final = 0xFFFFFFFF
_LN2: Final = 0.6931471805599453
_SQRT_HALF: Final = 0.7071067811865476


class Generator:
    """Random numbers for one key, such as "seed:17". The methods are those of `random.Random`, by the same names.

    Not for secrets: whoever knows the key knows all that comes.
    """

    __slots__ = ("_a", "_b", "_c", "_d")

    def __init__(self, key: str) -> None:
        state: tuple[int, int, int, int] = struct.unpack_from("<4I", sha256(key.encode()).digest())
        self._a, self._b, self._c, self._d = state

    # ------------------------------------------------------------------ bits

    def word(self) -> int:
        """The next 32 bits, as a whole number."""
        a, b, c, d = self._a, self._b, self._c, self._d
        scrambled = b * 5 & _MASK
        scrambled = (scrambled << 7 | scrambled >> 25) * 9 & _MASK
        c ^= a
        d ^= b
        self._a = a ^ d
        self._b = b ^ c
        self._c = c ^ (b << 9 & _MASK)
        self._d = (d << 11 | d >> 21) & _MASK
        return scrambled

    def getrandbits(self, k: SupportsIndex, /) -> int:
        """A whole number of `k` bits, of which the first word has the lowest. Raises `BadArgument` below 0."""
        bits = index(k)
        if bits < 0:
            raise BadArgument(f"getrandbits({bits}): the number of bits is at least 0", topic="dice")
        number = place = 0
        while bits > place:
            left = bits - place
            number |= (self.word() >> (32 - left if left < 32 else 0)) << place
            place += 32
        return number

    def randbytes(self, n: int) -> bytes:
        """`n` bytes. Raises `BadArgument` below 0."""
        n = index(n)
        return self.getrandbits(n * 8).to_bytes(max(n, 0), "little")

    def below(self, n: int) -> int:
        """A whole number from 0 to n-1, each as likely as any other. `n` is at least 1."""
        bits = (n - 1).bit_length()
        while (number := self.getrandbits(bits)) >= n:
            pass
        return number

    # ------------------------------------------------------------------ whole numbers

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        """One of the numbers of `range(start, stop, step)`. Raises `BadArgument` where there is none."""
        if stop is None:
            start, stop = 0, start
        start, stop, step = index(start), index(stop), index(step)
        count = -((start - stop) // step) if step else 0  # rounded up
        if count <= 0:
            given = f"{start}, {stop}" + (f", {step}" if step != 1 else "")
            raise BadArgument(f"randrange({given}): there is no number in this range", topic="dice")
        return start + step * self.below(count)

    def randint(self, a: int, b: int) -> int:
        """A whole number from `a` to `b`, both included: a die is `randint(1, 6)`. Raises `BadArgument` if b < a."""
        a, b = index(a), index(b)
        if b < a:
            raise BadArgument(f"randint({a}, {b}): the first number is the smaller one", topic="dice")
        return a + self.below(b - a + 1)

    # ------------------------------------------------------------------ one or more of several

    def choice(self, seq: Sequence[_T]) -> _T:
        """One element of a sequence. Raises `BadArgument` for an empty one, and for a set, which has no order."""
        count = _count("choice", seq)
        if not count:
            raise BadArgument("choice: there is nothing to choose from", topic="dice")
        return seq[self.below(count)]

    def choices(
        self,
        population: Sequence[_T],
        weights: Sequence[float] | None = None,
        *,
        cum_weights: Sequence[float] | None = None,
        k: int = 1,
    ) -> list[_T]:
        """`k` elements, each of which may come again; `weights` says how likely each is. Raises `BadArgument`."""
        count = _count("choices", population)
        if weights is not None and cum_weights is not None:
            raise BadArgument("choices: give weights= or cum_weights=, not both", topic="dice")
        if not count:
            raise BadArgument("choices: there is nothing to choose from", topic="dice")
        if weights is None and cum_weights is None:
            return [population[int(self.random() * count)] for _ in range(k)]
        sums = list(accumulate(map(float, weights)) if weights is not None else map(float, cum_weights or ()))
        if len(sums) != count:
            raise BadArgument(f"choices: {count} elements have {len(sums)} weights", topic="dice")
        if not 0.0 < sums[-1] < inf:
            raise BadArgument(f"choices: the sum of the weights is {sums[-1]}: it must be above 0", topic="dice")
        return [population[bisect_right(sums, self.random() * sums[-1], 0, count - 1)] for _ in range(k)]

    def shuffle(self, x: MutableSequence[Any]) -> None:
        """Put a list into a random order, in place (Fisher and Yates, from the end)."""
        for i in range(_count("shuffle", x) - 1, 0, -1):
            j = self.below(i + 1)
            x[i], x[j] = x[j], x[i]

    def sample(self, population: Sequence[_T], k: int, *, counts: Sequence[int] | None = None) -> list[_T]:
        """`k` different elements, in random order; `counts`: how often each is there. Raises `BadArgument`."""
        k, count = index(k), _count("sample", population)
        sums = None if counts is None else list(accumulate(map(index, counts)))
        if sums is not None and len(sums) != count:
            raise BadArgument(f"sample: {count} elements have {len(sums)} counts", topic="dice")
        there = count if sums is None else (sums[-1] if sums else 0)
        if not 0 <= k <= there:
            raise BadArgument(f"sample: {k} elements of {there} cannot be drawn", topic="dice")
        moved: dict[int, int] = {}  # as if drawn from a list in which the last one takes the place of who is drawn
        found = []
        for last in range(there - 1, there - 1 - k, -1):
            place = self.below(last + 1)
            drawn = moved.get(place, place)
            moved[place] = moved.get(last, last)
            found.append(population[drawn if sums is None else bisect_right(sums, drawn)])
        return found

    # ------------------------------------------------------------------ floats

    def random(self) -> float:
        """A number from 0.0 up to, but not including, 1.0: one of the 2**53 multiples of 2**-53."""
        high = self.word() >> 5
        return (high * 67108864.0 + (self.word() >> 6)) * 2.0**-53

    def uniform(self, a: float, b: float) -> float:
        """A number between `a` and `b`."""
        return a + (b - a) * self.random()

    def triangular(self, low: float = 0.0, high: float = 1.0, mode: float | None = None) -> float:
        """A number from `low` to `high`, the likelier the nearer to `mode`, by default the middle."""
        u = self.random()
        if high == low:
            return low
        peak = 0.5 if mode is None else (mode - low) / (high - low)
        if u > peak:
            u, peak, low, high = 1.0 - u, 1.0 - peak, high, low
        return low + (high - low) * sqrt(u * peak)

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """A number of the normal distribution with mean `mu` and standard deviation `sigma`.

        By the polar method (G. Marsaglia and T. A. Bray: A convenient method for generating normal variables, SIAM
        Review 6, 1964), of whose two numbers it takes the first.
        """
        while True:
            u = 2.0 * self.random() - 1.0
            v = 2.0 * self.random() - 1.0
            s = u * u + v * v
            if 0.0 < s < 1.0:
                return mu + sigma * (u * sqrt(-2.0 * log(s) / s))

    normalvariate = gauss

    def expovariate(self, lambd: float = 1.0) -> float:
        """A time until the next event, where on average `lambd` of them come in one unit of time.

        Raises `BadArgument` for a `lambd` of 0.
        """
        if not lambd:
            raise BadArgument("expovariate(0): at least some events must come", topic="dice")
        return (0.0 - log(1.0 - self.random())) / lambd


def log(x: float) -> float:
    """The natural logarithm of a number above 0, with a relative error below 4 units of 2**-53.

    That of the mantissa m, which is between 1/√2 and √2, is 2·artanh((m-1)/(m+1)), a series of which the twelfth
    term is below 2**-60 of the first.

    >>> log(1.0), log(0.5), log(10.0)
    (0.0, -0.6931471805599453, 2.3025850929940455)
    """
    exponent = 0
    while x < _SQRT_HALF:
        x *= 2.0
        exponent -= 1
    while x >= 2.0 * _SQRT_HALF:
        x *= 0.5
        exponent += 1
    t = (x - 1.0) / (x + 1.0)
    square, series = t * t, 0.0
    for divisor in _DIVISORS:
        series = series * square + 1.0 / divisor
    return exponent * _LN2 + 2.0 * t * series


_DIVISORS: Final = tuple(float(odd) for odd in range(23, 0, -2))


def _count(method: str, elements: Any) -> int:
    if isinstance(elements, set | frozenset):
        raise BadArgument(
            f"{method}: a set has no order, or another one on every computer: write {method}(sorted(…), …)",
            topic="dice",
        )
    try:
        count = len(elements)
        if count:
            elements[0]
    except (TypeError, KeyError):
        what = "takes a list" if method == "shuffle" else "takes a list or another sequence"
        raise BadArgument(
            f"{method} {what}, not {type(elements).__name__}, which has no first element: write {method}(list(…))",
            topic="dice",
        ) from None
    return count
