"""`python -m roomcast.testing`: run the random scenarios of many seeds, or of one."""

from __future__ import annotations

import logging
import os
import sys

import click

from roomcast.testing.campaign import campaign, replay


@click.command()
@click.option("--seeds", default=1000, show_default=True, help="Number of seeds.")
@click.option("--first", default=0, show_default=True, help="The first seed.")
@click.option("--seed", type=int, help="Run this seed only, and show what happens.")
@click.option("--lines", default=80, show_default=True, help="With --seed: the number of last lines to show.")
@click.option("--processes", default=os.cpu_count() or 1, show_default=True)
@click.option("--rules/--relays", default=None, help="Only rooms with rules, or only relays.  [default: both]")
def main(seeds: int, first: int, seed: int | None, lines: int, processes: int, rules: bool | None) -> None:
    """Run a random scenario of simulated rooms for each seed, and check that every promise is kept."""
    if seed is not None:
        kept = replay(seed, lines, rules)
    else:
        kept = campaign(range(first, first + seeds), processes, rules)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    logging.getLogger("roomcast").setLevel(logging.CRITICAL)  # each lost connection would log a warning
    main()
