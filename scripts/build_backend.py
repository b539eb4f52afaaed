"""The build backend: hatchling's, behind a look at the Python that builds. Any Python 3 can read this file.

pip on an older Python would else fail in some step of the build, with words about another package.
"""

import sys

NEEDED = (3, 11)

if sys.version_info < NEEDED:
    sys.exit(
        "Roomcast needs Python {}.{} or newer, and this is Python {}.{}: install a newer one, and start pip with it, "
        "as in python3.12 -m pip. docs/install.md says more.".format(*NEEDED, *sys.version_info[:2])
    )

from hatchling.build import *  # noqa: E402, F403  # after the look: an older Python has no hatchling
