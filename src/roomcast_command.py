"""What the script `roomcast` starts. Ctrl-C ends it without a traceback, also while it still imports.

Beside the package, not in it: whoever imports any part of `roomcast` first imports all that its `__init__` hands on,
which takes half a second on a slow computer. A KeyboardInterrupt raised within an import is a traceback that tells
nobody anything; so until the command runs, the system ends the process, as it ends programs in other languages.
"""

import signal


def main() -> None:
    """Import the command line, then run it."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not where Ctrl-C is ignored, as under nohup
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from roomcast.cli import main as run

    run()
