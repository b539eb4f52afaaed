"""One target under atheris, in a process of its own: campaign.py starts it and reads what libFuzzer says.

python -m tests.fuzz.fuzzer TARGET [libFuzzer's options] [folders of inputs]
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["roomcast.core", "roomcast.client"]):
    from tests.fuzz.mutation import mutated
    from tests.fuzz.targets import TARGETS


def main() -> None:
    target = TARGETS[sys.argv.pop(1)]

    def mutate(data: bytes, longest: int, seed: int) -> bytes:
        return mutated(data, longest, seed, script=target.script, plainly=atheris.Mutate)

    atheris.Setup(sys.argv, target.run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
