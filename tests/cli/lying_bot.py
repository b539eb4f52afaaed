"""A bot that runs other arguments than it was sent: the demo must find out."""

from roomcast.cli.demo_bot import main
from roomcast.cli.run_digest import RunDigest

honest = RunDigest.add


def lie(self: RunDigest, seq: int, player: str, command: str, *arguments: object) -> None:
    honest(self, seq, player, command, *arguments, "and more")


RunDigest.add = lie  # type: ignore[method-assign]
main()
