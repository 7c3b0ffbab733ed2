"""`isinglass` and `python -m isinglass`: the command line, and Ctrl-C at any moment of it."""

from __future__ import annotations

import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command line and exit. Where an interruption is not told by the verb itself, it is told here: one line,
    exit code 130, whatever the libraries that were being loaded made of it."""
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)
    try:
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


if __name__ == "__main__":
    main()
