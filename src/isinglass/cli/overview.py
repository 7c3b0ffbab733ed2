"""`isinglass --help`, at once: the program's verbs and options as plain text.

Reading all verbs and the libraries behind their flags takes twenty times as long as Python itself. So their names and
first lines are kept here; a test compares each with what the verb says of itself.
"""

from __future__ import annotations

import os
import sys

TITLE = "Neural networks that you can see through."

DATA = (
    "DATA is a table (CSV, TSV, Parquet, Feather, npz), a folder of images or a name of `isinglass data list`. "
    "Begin with: isinglass fit tao --target Humidity --group location"
)

OPTIONS = {
    "--version": "Print the version.",
    "--install-completion": "Install completion for the current shell.",
    "--show-completion": "Show completion for the current shell, to copy it or customize the installation.",
    "-h, --help": "Show this message and exit.",
}

VERBS = {
    "init": "Write a commented recipe for this data.",
    "check": "Look at data and recipe; nothing is fitted.",
    "fit": "Fit networks, judge them beside conventional methods, report.",
    "predict": "Predict the rows of a table, or images.",
    "evaluate": "Score a model on a table that holds the target; the model's ledger counts it.",
    "explain": "Ask a model what it looks at.",
    "attack": "Find how small a change flips an answer.",
    "summary": "Show what a machine is made of: layers, output sizes, weights, and the formulas that give them.",
    "trace": "Show every number of a forward and a backward pass.",
    "compare": "Compare models, finished studies, or recipes.",
    "tune": "Try settings side by side, fit the best, judge it on unseen rows.",
    "select": "Find few columns that are enough: networks are fitted again for every set of columns.",
    "report": "Write the report of a model anew.",
    "import": "Take the weights of a checkpoint into a model file.",
    "doctor": "Show what this machine has and what is missing.",
    "schema": "Print the JSON schema of a recipe.",
    "data": "List or get the named data sets.",
}

NARROWEST = 46
BOLD, DIM, END = "\033[1;36m", "\033[2m", "\033[0m"


def show() -> bool:
    """Print the overview; False, with nothing printed, where standard output takes no frames."""
    if "utf" not in (sys.stdout.encoding or "").lower():
        return False
    sys.stdout.write(overview(_width(), colour=_colour()))
    sys.stdout.flush()
    return True


def overview(width: int, *, colour: bool) -> str:
    """The text, of lines that are at most `width` wide."""
    width = max(width, NARROWEST)
    lines = ["", " Usage: isinglass [OPTIONS] COMMAND [ARGS]...", "", f" {TITLE}", ""]
    lines += _panel("Options", OPTIONS, width, colour)
    lines += _panel("Commands", VERBS, width, colour)
    lines += ["", *(f" {line}" for line in _wrapped(DATA, width - 2)), ""]
    return "\n".join(lines) + "\n"


def _panel(title: str, entries: dict[str, str], width: int, colour: bool) -> list[str]:
    bold, dim, end = (BOLD, DIM, END) if colour else ("", "", "")
    most, side = max(map(len, entries)), f"{dim}\N{BOX DRAWINGS LIGHT VERTICAL}{end}"
    line = "\N{BOX DRAWINGS LIGHT HORIZONTAL}"
    lines = [f"{dim}\N{BOX DRAWINGS LIGHT ARC DOWN AND RIGHT}{line} {title} {line * (width - len(title) - 5)}"]
    lines[0] += f"\N{BOX DRAWINGS LIGHT ARC DOWN AND LEFT}{end}"
    room = width - most - 6
    for name, text in entries.items():
        for number, part in enumerate(_wrapped(text, room)):
            shown = "" if number else name
            lines.append(f"{side} {bold}{shown:<{most}}{end}  {part:<{room}} {side}")
    lines.append(f"{dim}\N{BOX DRAWINGS LIGHT ARC UP AND RIGHT}{line * (width - 2)}")
    lines[-1] += f"\N{BOX DRAWINGS LIGHT ARC UP AND LEFT}{end}"
    return lines


def _wrapped(text: str, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".lstrip()
        if len(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def _width() -> int:
    """Columns of the terminal; 80 where there is none."""
    given = os.environ.get("COLUMNS", "")
    if given.isdigit() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
