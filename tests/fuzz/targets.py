"""What is fuzzed, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.fuzz import client, json_codec, seeds, server, starter_codec

CORPUS: Final = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """`run` raises when something is wrong with what these bytes bring about."""

    name: str
    run: Callable[[bytes], None]
    seeds: Callable[[], list[bytes]]
    script: bool = False  # its inputs are steps, separated by zero bytes
    longest: int = 4096  # bytes of an input

    @property
    def corpus(self) -> Path:
        return CORPUS / self.name

    def inputs(self) -> list[Path]:
        """The corpus kept, in one order."""
        return sorted(self.corpus.glob("*"))


TARGETS: Final = {
    target.name: target
    for target in (
        Target("json-client", json_codec.from_client, seeds.frames_from_clients, longest=1024),
        Target("json-server", json_codec.from_server, seeds.frames_from_servers, longest=1024),
        Target("starter", starter_codec.lines, seeds.starter_lines, longest=200),
        Target("server", server.conversation, seeds.conversations, script=True),
        Target("client", client.conversation, seeds.server_frames, script=True),
    )
}
