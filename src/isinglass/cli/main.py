"""`isinglass VERB ...`: the verbs, and what their errors look like.

Exit codes: 0 success, 1 the data or the run failed, 2 the request was wrong, 130 interrupted.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NoReturn

import typer

from isinglass.cli.commands import COMMANDS
from isinglass.cli.output import close_pipe, emit
from isinglass.cli.overview import DATA, TITLE
from isinglass.errors import IsinglassError

HELP = {"help_option_names": ["-h", "--help"]}


def _group(help: str, **more: Any) -> typer.Typer:
    return typer.Typer(
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        help=help,
        context_settings=HELP,
        **more,
    )


app = _group(TITLE, epilog=DATA)


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


def _add(group: typer.Typer, commands: Mapping[str, Any]) -> None:
    for name, command in commands.items():
        if isinstance(command, dict):
            group.add_typer(_inner(command), name=name)
        else:
            group.command(name, context_settings=HELP)(command)


def _inner(commands: Mapping[str, Any]) -> typer.Typer:
    """A verb of two words."""
    group = _group(f"{' or '.join(commands).capitalize()} the named data sets.", add_completion=False)
    _add(group, commands)
    return group


_add(app, COMMANDS)


def main() -> None:
    """Run the command line and exit."""
    arguments = sys.argv[1:]
    try:
        _dispatch(arguments)
    except IsinglassError as error:
        _refuse(error, arguments)
    except MemoryError:
        _refuse(IsinglassError("out of memory", instead="use fewer rows, members or features."), arguments)
    except OSError as error:
        if error.errno == errno.EPIPE:
            close_pipe()
        _refuse(IsinglassError(error.strerror or str(error), where=error.filename), arguments)


def _dispatch(arguments: list[str]) -> None:
    """Hand a known verb its arguments. Going through the group would load typer's validation for `--help` too."""
    found, words = COMMANDS, 0
    while isinstance(found, dict) and words < len(arguments) and arguments[words] in found:
        found, words = found[arguments[words]], words + 1
    if not words or "_ISINGLASS_COMPLETE" in os.environ:
        app(arguments, prog_name="isinglass")
    verb = _inner(found) if isinstance(found, dict) else _single(found)
    verb(arguments[words:], prog_name=" ".join(["isinglass", *arguments[:words]]))


def _single(command: Callable[..., None]) -> typer.Typer:
    """A verb on its own."""
    verb = typer.Typer(
        add_completion=False, pretty_exceptions_enable=False, rich_markup_mode="rich", context_settings=HELP
    )
    verb.command()(command)
    return verb


def _refuse(error: IsinglassError, arguments: list[str]) -> NoReturn:
    """One clear message, in red on a terminal; with `--json` an object with the key `error` as well."""
    typer.secho(f"error: {error}", fg="red", err=True)
    if "--json" in arguments:
        emit(json.dumps({"error": str(error), "kind": type(error).__name__, "exit_code": error.exit_code}) + "\n")
    sys.exit(error.exit_code)
