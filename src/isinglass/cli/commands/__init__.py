"""One verb a file; the order here is the order of `isinglass --help`."""

from __future__ import annotations

from typing import Any

from isinglass.cli.commands.check import check
from isinglass.cli.commands.compare import compare
from isinglass.cli.commands.data import app as data
from isinglass.cli.commands.doctor import doctor
from isinglass.cli.commands.evaluate import evaluate
from isinglass.cli.commands.explain import explain
from isinglass.cli.commands.fit import fit
from isinglass.cli.commands.init import init
from isinglass.cli.commands.predict import predict
from isinglass.cli.commands.report import report
from isinglass.cli.commands.schema import schema
from isinglass.cli.commands.tune import tune

COMMANDS: dict[str, Any] = {
    "init": init,
    "check": check,
    "fit": fit,
    "predict": predict,
    "evaluate": evaluate,
    "explain": explain,
    "compare": compare,
    "tune": tune,
    "report": report,
    "data": data,
    "doctor": doctor,
    "schema": schema,
}
