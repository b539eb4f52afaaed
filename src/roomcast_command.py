"""How `roomcast` and `python -m roomcast` start. Ctrl-C ends them without a traceback, also while they still import.

Beside the package, not in it: whoever imports any part of `roomcast` first imports all that its `__init__` hands on,
which takes half a second on a slow computer. A KeyboardInterrupt raised within an import is a traceback that tells
nobody anything; so until the command runs, the system ends the process, as it ends programs in other languages.
"""

import signal
import sys


def main() -> None:
    """Import the command line, then run it."""
    _end_by_ctrl_c()
    from roomcast.cli import main as run

    run()


def importing_package() -> None:
    """The package is being imported to run a module, and has imported nothing yet: is it that of the command line?"""
    if sys.orig_argv[-len(sys.argv)] in ("roomcast", "-mroomcast"):
        _end_by_ctrl_c()


def _end_by_ctrl_c() -> None:
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where Ctrl-C is ignored, as under nohup
        signal.signal(signal.SIGINT, signal.SIG_DFL)
