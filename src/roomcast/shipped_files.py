"""Files that are no code of the package and still come with it: the tutorial's pages and code, and the templates.

A wheel has them in `roomcast/shipped/`, with the paths that they have in a clone, where they are found as well.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).parent


def shipped(path: str) -> Path:
    """The file or folder of that path in a clone, such as `docs/learn`, wherever it is here.

    Raises FileNotFoundError where there is none.
    """
    for top in (_PACKAGE / "shipped", _PACKAGE.parent.parent):
        if (found := top / path).exists():
            return found
    raise FileNotFoundError(f"{path} did not come with this copy of Roomcast: install it anew")
