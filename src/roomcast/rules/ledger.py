"""Which boxes the decision that is being made has touched, and whether one is being made at all.

A room changes in its handlers alone. What other code does with it, such as a task that a handler has left behind, would
become a part of whatever is decided next: so it is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

Outside: TypeAlias = Callable[[str], bool]
"""Asked about what is used while no handler runs, as an expression of the maker's code. True: it is a handler's all the
same. False: somebody only looks, and must not touch it. Raises `RuntimeError` for all others."""


def nobody_else(what: str) -> bool:
    """Boxes that stand alone: whoever uses them may."""
    return True


class Ledger(list[Any]):
    """The boxes, in the order of touching; emptied with each decision. `effort` is counted apart.

    `is_open`: a handler runs; while none does, `outside` is asked.
    """

    __slots__ = ("effort", "is_open", "outside")

    def __init__(self, outside: Outside = nobody_else) -> None:
        super().__init__()
        self.effort = 0  # since it was asked for last: as `TurnCosts.handled`
        self.is_open = True
        self.outside = outside
