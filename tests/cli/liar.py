"""A bot that runs other arguments than it was sent: the demo must find out."""

from roomcast.cli.bot import main
from roomcast.cli.tally import Tally

honest = Tally.add


def lie(self: Tally, seq: int, player: str, command: str, *arguments: object) -> None:
    honest(self, seq, player, command, *arguments, "and more")


Tally.add = lie  # type: ignore[method-assign]
main()
