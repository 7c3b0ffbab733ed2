"""One verb a file; the order here is the order of `isinglass --help`. A dict in the dict is a verb of two words."""

from __future__ import annotations

from collections.abc import Callable

from isinglass.cli.commands.attack import attack
from isinglass.cli.commands.check import check
from isinglass.cli.commands.compare import compare
from isinglass.cli.commands.data import DATA
from isinglass.cli.commands.doctor import doctor
from isinglass.cli.commands.evaluate import evaluate
from isinglass.cli.commands.explain import explain
from isinglass.cli.commands.fit import fit
from isinglass.cli.commands.import_ import import_
from isinglass.cli.commands.init import init
from isinglass.cli.commands.predict import predict
from isinglass.cli.commands.report import report
from isinglass.cli.commands.schema import schema
from isinglass.cli.commands.select import select
from isinglass.cli.commands.summary import summary
from isinglass.cli.commands.trace import trace
from isinglass.cli.commands.tune import tune

Command = Callable[..., None]

COMMANDS: dict[str, Command | dict[str, Command]] = {
    "init": init,
    "check": check,
    "fit": fit,
    "predict": predict,
    "evaluate": evaluate,
    "explain": explain,
    "attack": attack,
    "summary": summary,
    "trace": trace,
    "compare": compare,
    "tune": tune,
    "select": select,
    "report": report,
    "import": import_,
    "data": DATA,
    "doctor": doctor,
    "schema": schema,
}
