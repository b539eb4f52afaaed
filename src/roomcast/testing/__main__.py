"""`python -m roomcast.testing`: the simulator's campaign, or one seed of it."""

from __future__ import annotations

import logging
import os
import sys

import click

from roomcast.testing.campaign import campaign, replay


@click.command()
@click.option("--seeds", default=1000, show_default=True, help="How many seeds to try.")
@click.option("--first", default=0, show_default=True, help="The first of them.")
@click.option("--seed", type=int, help="Run one seed, and show what happens.")
@click.option("--lines", default=80, show_default=True, help="With --seed: how many of the last lines to show.")
@click.option("--processes", default=os.cpu_count() or 1, show_default=True)
def main(seeds: int, first: int, seed: int | None, lines: int, processes: int) -> None:
    """Simulate rooms, one whole story for each seed, and check that every promise is kept."""
    if seed is not None:
        kept = replay(seed, lines)
    else:
        kept = campaign(range(first, first + seeds), processes)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    logging.getLogger("roomcast").setLevel(logging.CRITICAL)  # thousands of programs lose connections here
    main()
