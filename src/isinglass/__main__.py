"""`isinglass` and `python -m isinglass`: the command line, and Ctrl-C at any moment of it."""

from __future__ import annotations

import gc
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

SELDOM = (50_000, 20, 100)
"""Thresholds of Python's search for garbage: loading libraries makes a million objects that stay, and looking through
them again and again takes 0.6 of 4.3 processor seconds (n = 3)."""


def main() -> None:
    """Run the command line and exit. Where an interruption is not told by the verb itself, it is told here: one line,
    exit code 130, whatever the libraries that were being loaded made of it."""
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    gc.set_threshold(*SELDOM)
    try:
        if _overview():
            return
        from isinglass.cli.main import main as run

        run()
    except SystemExit:
        raise
    except BaseException:
        if not interrupted:
            raise
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # all is said and done: Python may leave in peace


def _overview() -> bool:
    """Whether all that was asked for is the list of verbs, and is told."""
    if sys.argv[1:] not in (["--help"], ["-h"]):
        return False
    from isinglass.cli.overview import show

    return show()


if __name__ == "__main__":
    main()
