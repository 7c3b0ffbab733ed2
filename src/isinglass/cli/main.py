"""`isinglass VERB ...`: the verbs, and what their errors look like.

Exit codes: 0 success, 1 the data or the run failed, 2 the request was wrong, 130 interrupted.
"""

from __future__ import annotations

import errno
import json
import sys
from typing import Annotated, NoReturn

import typer

from isinglass.cli.commands import COMMANDS
from isinglass.cli.output import close_pipe, emit
from isinglass.errors import IsinglassError

app = typer.Typer(
    name="isinglass",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Neural networks that you can see through.",
    epilog="DATA is a table (CSV, TSV, Parquet, Feather, npz) or a name of `isinglass data list`. "
    "Begin with: isinglass fit tao --target Humidity --group location",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        emit(f"isinglass {version('isinglass')}\n")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Neural networks that you can see through."""


for _name, _command in COMMANDS.items():
    if isinstance(_command, typer.Typer):
        app.add_typer(_command, name=_name)
    else:
        app.command(_name)(_command)


def main() -> None:
    """Run the command line and exit."""
    try:
        app(prog_name="isinglass")
    except IsinglassError as error:
        _refuse(error, arguments=sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
    except MemoryError:
        _refuse(IsinglassError("out of memory", instead="use fewer rows, members or features."), arguments=[])
    except OSError as error:
        if error.errno == errno.EPIPE:
            close_pipe()
        _refuse(IsinglassError(error.strerror or str(error), where=error.filename), arguments=sys.argv[1:])


def _refuse(error: IsinglassError, *, arguments: list[str]) -> NoReturn:
    """One clear message, in red on a terminal; with `--json` an object with the key `error` as well."""
    typer.secho(f"error: {error}", fg="red", err=True)
    if "--json" in arguments:
        emit(json.dumps({"error": str(error), "kind": type(error).__name__, "exit_code": error.exit_code}) + "\n")
    sys.exit(error.exit_code)
