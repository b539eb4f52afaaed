"""The summary of a demo: what was sent, what arrived, and whether everyone ran the same commands."""

from __future__ import annotations

from dataclasses import dataclass, field

from rich.text import Text

from roomcast.cli.colours import colour_of
from roomcast.cli.run_digest import RunReport, commands, differences

_SHOWN: int = 16  # hex digits of 64: enough to see that two digests are the same


@dataclass(slots=True)
class Summary:
    """What happened between start and stop. `reports` has an item for each bot; None: it did not report."""

    me: str
    seconds: float = 0.0
    mine: RunReport | None = None  # None: the game never started
    reports: dict[str, RunReport | None] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)  # sentences
    guests: int = 0  # players from other programs, who do not report what they ran

    @property
    def wrong(self) -> list[str]:
        """Everything that went wrong, in sentences."""
        if self.mine is None:
            return [*self.troubles, "The demo ended before the game had begun."]
        return [*self.troubles, *differences(self.me, self.mine, self.reports)]

    def lines(self) -> list[Text]:
        """To be printed."""
        return [*self._counts(), *self._verdict()]

    def _counts(self) -> list[Text]:
        if self.mine is None:
            return []
        everyone = {self.me: self.mine, **self.reports}
        copies = sum(report.count for report in everyone.values() if report is not None)
        who = f"{len(everyone)} players, each in a process of its own" if self.reports else "1 player"
        lines = [
            Text.assemble(("Roomcast demo", "bold"), f", {self.seconds:.1f} seconds, {who}"),
            Text(f"  commands sent     {self.mine.count:>9,}"),
            Text(f"  copies delivered  {copies:>9,}"),
            Text("  what each player ran, and a digest of it:"),
        ]
        wide = max(map(len, everyone))
        for player, report in everyone.items():
            ran = f"{commands(report.count):>16}   {report.digest[:_SHOWN]}…" if report else f"{'no report':>16}"
            lines.append(Text.assemble("    ", (f"{player:<{wide}}", colour_of(player)), ran))
        if self.guests:
            lines.append(Text(f"  There were guests, too: {self.guests}. They do not report what they ran."))
        return lines

    def _verdict(self) -> list[Text]:
        if self.wrong:
            return [Text(sentence, "bold red") for sentence in self.wrong]
        count = commands(self.mine.count) if self.mine else ""
        if not self.reports:
            return [Text(f"You were alone, and ran {count}.", "bold green")]
        return [Text(f"Every player ran the same {count} in the same order.", "bold green")]
