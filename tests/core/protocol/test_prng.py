"""The dice of a room: the numbers are those of the vectors, and as even as dice should be.

Keys are fixed, so what passes once passes always.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import pytest

from roomcast.core.protocol.prng import Generator, log
from roomcast.errors import BadArgument
from tests.core.vectors import each

SEED = "8f3e0d5c9a1b4276e5d4c3b2a1908f7e"


@each("dice.json")
def test_the_numbers_of_a_key_are_those_of_the_vectors(vector: dict[str, Any]) -> None:
    generator = Generator(vector["key"])
    for call in vector["calls"]:
        arguments = json.loads(json.dumps(call["a"]))  # shuffle changes them
        found = getattr(generator, call["do"])(*arguments, **call.get("with", {}))
        if call["do"] == "shuffle":
            (found,) = arguments
        if call["do"] == "randbytes":
            found = list(found)
        assert found == call["is"], call
        assert type(found) is type(call["is"])


def test_the_words_are_those_of_the_published_generator() -> None:
    # The same test as that of the Rust crate rand_xoshiro, whose numbers come from the authors' program in C.
    generator = Generator("")
    generator._a, generator._b, generator._c, generator._d = 1, 2, 3, 4
    assert [generator.word() for _ in range(10)] == [
        11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
    ]  # fmt: skip


# ------------------------------------------------------------------ evenness


def even(found: Counter[Any], kinds: int) -> bool:
    """Pearson's chi-square test: whether all kinds are as frequent as chance lets them be, neither less nor more so.

    The distribution of chi-square, by Wilson and Hilferty, is nearly normal after a cube root: 99.9 % within 3.29.
    """
    rolls, freedom = found.total(), kinds - 1
    expected = rolls / kinds
    square = sum((found[kind] - expected) ** 2 / expected for kind in found) + expected * (kinds - len(found))
    deviation = ((square / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / math.sqrt(2 / (9 * freedom))
    return len(found) <= kinds and abs(deviation) < 3.29


def test_the_test_itself_finds_a_loaded_die_and_one_that_is_too_even() -> None:
    honest = random.Random(1)
    assert even(Counter(honest.randint(1, 6) for _ in range(60_000)), 6)
    assert not even(Counter(min(6, honest.randint(1, 6) + (honest.random() < 0.05)) for _ in range(60_000)), 6)
    assert not even(Counter(number % 6 for number in range(60_000)), 6)


def test_rolls_of_one_handler_are_even() -> None:
    generator = Generator(f"{SEED}:17")
    assert even(Counter(generator.randint(1, 6) for _ in range(60_000)), 6)


@pytest.mark.parametrize("roll", [1, 2, 3])
def test_the_same_roll_of_one_entry_after_the_other_is_even(roll: int) -> None:
    found: Counter[int] = Counter()
    for seq in range(1, 30_001):
        generator = Generator(f"{SEED}:{seq}")
        found[[generator.randint(1, 6) for _ in range(roll)][-1]] += 1
    assert even(found, 6)


def test_pairs_of_rolls_are_even_within_a_handler_and_between_two() -> None:
    generator = Generator(f"{SEED}:3")
    assert even(Counter((generator.randint(1, 6), generator.randint(1, 6)) for _ in range(36_000)), 36)
    first = [Generator(f"{SEED}:{seq}").randint(1, 6) for seq in range(36_001)]
    assert even(Counter(pairwise(first)), 36)


def test_rooms_have_other_dice() -> None:
    assert even(Counter(Generator(f"{number:032x}:2").randint(1, 6) for number in range(30_000)), 6)


def test_every_bit_of_a_word_is_even() -> None:
    generator = Generator(f"{SEED}:5")
    words = [generator.word() for _ in range(20_000)]
    for bit in range(32):
        assert even(Counter(word >> bit & 1 for word in words), 2), bit


def test_fractions_choices_shuffles_and_samples_are_even() -> None:
    generator = Generator(f"{SEED}:6")
    assert even(Counter(int(generator.random() * 100) for _ in range(50_000)), 100)
    assert even(Counter(generator.choice("abcde") for _ in range(20_000)), 5)
    assert even(Counter(generator.choices("abc", k=1)[0] for _ in range(20_000)), 3)
    assert even(Counter(tuple(generator.sample(range(5), 2)) for _ in range(20_000)), 20)
    orders: Counter[str] = Counter()
    for _ in range(24_000):
        cards = list("abcd")
        generator.shuffle(cards)
        orders["".join(cards)] += 1
    assert even(orders, 24)


def test_weights_are_kept() -> None:
    generator = Generator(f"{SEED}:7")
    found = Counter(generator.choices("abc", [1, 2, 3], k=60_000))
    assert found["b"] / found["a"] == pytest.approx(2, rel=0.05)
    assert found["c"] / found["a"] == pytest.approx(3, rel=0.05)


def test_the_normal_distribution_has_its_quantiles() -> None:
    generator = Generator(f"{SEED}:8")
    quantiles = [-1.2815515655446004, -0.8416212335729143, -0.5244005127080407, -0.2533471031357997, 0.0]
    quantiles += [-one for one in reversed(quantiles[:-1])]
    assert even(Counter(sum(number > one for one in quantiles) for number in
                        (generator.gauss() for _ in range(50_000))), 10)  # fmt: skip


def test_the_exponential_distribution_has_its_quantiles() -> None:
    generator = Generator(f"{SEED}:9")
    assert even(Counter(int(10 * math.exp(-generator.expovariate())) for _ in range(50_000)), 10)


def test_the_triangular_distribution_has_its_mean() -> None:
    generator = Generator(f"{SEED}:10")
    numbers = [generator.triangular(0, 6, 3) for _ in range(20_000)]
    assert sum(numbers) / len(numbers) == pytest.approx(3, abs=0.03)
    assert min(numbers) >= 0
    assert max(numbers) <= 6


# ------------------------------------------------------------------ exactness


def test_the_logarithm_is_as_exact_as_it_says() -> None:
    numbers = random.Random(5)
    some = [numbers.random() * 10.0 ** -numbers.randrange(30) for _ in range(2_000)]
    some += [1 - numbers.random() * 10.0 ** -numbers.randrange(16) for _ in range(2_000)]
    some += [numbers.random() * 10.0 ** numbers.randrange(30) for _ in range(500)] + [5e-324, 2.0**-1022, 1.7e308]
    with localcontext() as exactly:
        exactly.prec = 50
        for number in some:
            right = Decimal(number).ln()
            assert abs(Decimal(log(number)) - right) <= 4 * abs(right) * Decimal(2) ** -53, number


def test_fractions_are_multiples_of_the_smallest_one() -> None:
    generator = Generator(f"{SEED}:11")
    numbers = [generator.random() for _ in range(10_000)]
    assert all(0 <= number < 1 and (number * 2**53).is_integer() for number in numbers)
    assert any(number * 2**52 % 1 for number in numbers)


@pytest.mark.parametrize(
    "given", [(10,), (3, 8), (0, 100, 7), (0, 99, 9), (10, 0, -3), (3, -4, -1), (5, 6), (-3, 3, 4)]
)
def test_a_range_has_all_of_its_numbers_and_no_other(given: tuple[int, ...]) -> None:
    generator = Generator(f"{SEED}:12")
    assert {generator.randrange(*given) for _ in range(2_000)} == set(range(*given))


def test_a_sample_of_a_very_long_range_is_cheap() -> None:
    assert len(set(Generator(SEED).sample(range(10**12), 1_000))) == 1_000


@pytest.mark.parametrize(
    ("method", "given", "says"),
    [
        ("randint", (6, 1), "randint(6, 1): the first number is the smaller one"),
        ("randrange", (0,), "randrange(0, 0): there is no number in this range"),
        ("randrange", (1, 5, -1), "randrange(1, 5, -1): there is no number in this range"),
        ("randrange", (1, 5, 0), "randrange(1, 5, 0): there is no number in this range"),
        ("choice", ([],), "choice: there is nothing to choose from"),
        ("choice", ({"a", "b"},), "choice: a set has no order, or another one on every computer: write choice(sorted("),
        ("choices", ("",), "choices: there is nothing to choose from"),
        ("choices", ("ab", [1]), "choices: 2 elements have 1 weights"),
        ("choices", ("ab", [0, 0]), "choices: the sum of the weights is 0.0: it must be above 0"),
        ("choices", ("ab", [1, math.nan]), "choices: the sum of the weights is nan"),
        ("sample", ("ab", 3), "sample: 3 elements of 2 cannot be drawn"),
        ("sample", (frozenset("ab"), 1), "sample: a set has no order"),
        (
            "choice",
            ({"red": 1},),
            "choice takes a list or another sequence, not dict, which has no first element: write ",
        ),
        ("choices", ({"red": 1}.keys(),), "choices takes a list or another sequence, not dict_keys"),
        ("sample", (iter("ab"), 1), "sample takes a list or another sequence, not str_"),
        (
            "shuffle",
            ({"red": 1},),
            "shuffle takes a list, not dict, which has no first element: write shuffle(list(…))",
        ),
        ("getrandbits", (-1,), "getrandbits(-1): the number of bits is at least 0"),
        ("randbytes", (-1,), "getrandbits(-8)"),
        ("expovariate", (0,), "expovariate(0): at least some events must come"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_a_sentence(method: str, given: tuple[Any, ...], says: str) -> None:
    with pytest.raises(BadArgument) as caught:
        getattr(Generator(SEED), method)(*given)
    assert caught.value.message.startswith(says)
    assert caught.value.topic == "dice"


def test_weights_twice_and_counts_that_do_not_fit_are_refused() -> None:
    with pytest.raises(BadArgument, match="weights= or cum_weights="):
        Generator(SEED).choices("ab", [1, 2], cum_weights=[1, 3])
    with pytest.raises(BadArgument, match="2 elements have 1 counts"):
        Generator(SEED).sample("ab", 1, counts=[3])


def test_whole_numbers_have_to_be_whole() -> None:
    for method, given in (("randint", (1, 6.5)), ("randrange", (2.0,)), ("sample", ("ab", 1.0))):
        with pytest.raises(TypeError):
            getattr(Generator(SEED), method)(*given)
