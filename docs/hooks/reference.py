"""Pages that are made from the program itself when the documentation is built, so that they cannot go stale."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from pydantic import BaseModel
from typer.main import get_command

import isinglass
from isinglass.cli.main import app
from isinglass.recipe import Recipe


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference pages."""
    pages = {"recipe": recipe_page, "command-line": command_page, "python": python_page}
    for name, page in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content="\n".join(page()) + "\n"))
    return files


def recipe_page() -> Iterator[str]:
    """One table a section of the recipe."""
    yield "# The recipe\n"
    yield "Every key, its values and its default. A recipe is a TOML file with one table for each ingredient;"
    yield "only `data.source` is required. On the command line, `--set learning.batch=32` sets any of them.\n"
    for name, field in Recipe.model_fields.items():
        section = next(part for part in _parts(field.annotation) if _is_model(part))
        yield from _section(name, section)


def command_page() -> Iterator[str]:
    """One heading a verb."""
    yield "# The command line\n"
    yield "Every verb knows `--json` (one object on standard output, everything else on standard error), `--quiet`"
    yield "and `--help`. Exit codes: 0 success, 1 the data or the run failed, 2 the request was wrong,"
    yield "130 interrupted (the state is saved and the line to resume is printed).\n"
    group: Any = get_command(app)
    for name, command in group.commands.items():
        inner = getattr(command, "commands", {})
        if not inner:
            yield from _verb(name, command)
        for verb, subcommand in inner.items():
            yield from _verb(f"{name} {verb}", subcommand)


def python_page() -> Iterator[str]:
    """One heading a public name."""
    yield "# Python\n"
    yield "```python\nimport isinglass as ig\n```\n"
    for name in isinglass.__all__:
        thing = getattr(isinglass, name)
        if name == "__version__":
            continue
        yield f"## ig.{name}\n"
        yield from _signature(name, thing)
        if inspect.isclass(thing) and not issubclass(thing, (BaseModel, BaseException)):
            for method, function in _methods(thing):
                yield f"### {name}.{method}\n"
                yield from _signature(f".{method}", function)


def _section(name: str, section: type[BaseModel]) -> Iterator[str]:
    yield f"## [{name}]\n"
    yield f"{inspect.cleandoc(section.__doc__ or '').splitlines()[0]}\n"
    yield "| key | value | default | meaning |\n| --- | --- | --- | --- |"
    schema = section.model_json_schema()
    for key, about in schema["properties"].items():
        default = f"`{_toml(about['default'])}`" if "default" in about else "required"
        values = _values(about, schema.get("$defs", {}))
        cells = [f"`{key}`", values, default, about.get("description", "")]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _values(about: dict[str, Any], definitions: dict[str, Any]) -> str:
    """What a key may hold, in words."""
    if "$ref" in about:
        return _values(definitions[about["$ref"].rsplit("/", 1)[-1]], definitions)
    if "anyOf" in about:
        return " or ".join(_values(part, definitions) for part in about["anyOf"] if part.get("type") != "null")
    if "const" in about or "enum" in about:
        return ", ".join(f"`{value}`" for value in about.get("enum", [about.get("const")]))
    if about.get("type") == "array":
        return f"list of {_values(about.get('items', {}), definitions)}"
    if about.get("properties"):
        return "table with " + ", ".join(f"`{key}`" for key in about["properties"])
    return {"object": "table", "boolean": "true or false"}.get(about.get("type", ""), about.get("type", "value"))


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "see there" if value else "{}"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _verb(name: str, command: Any) -> Iterator[str]:
    yield f"## isinglass {name}\n\n{command.help}\n"
    shown = [parameter for parameter in command.params if parameter.name != "help"]
    if shown:
        yield "| | |\n| --- | --- |"
    for parameter in shown:
        spelled = ", ".join(parameter.opts) if parameter.param_type_name == "option" else ""
        label = " ".join(filter(None, [spelled, parameter.metavar or ""]))
        yield f"| `{label.replace('|', '&#124;')}` | {(parameter.help or '').replace('|', '&#124;')} |"
    yield ""


def _signature(name: str, thing: Any) -> Iterator[str]:
    try:
        signature = f"{name}{inspect.signature(thing)}"
    except (TypeError, ValueError):
        signature = name
    yield f"```python\n{signature}\n```\n"
    yield f"```text\n{inspect.getdoc(thing) or ''}\n```\n"


def _methods(thing: type) -> Iterator[tuple[str, Any]]:
    """Public methods and properties with a docstring, inherited ones of this package too."""
    own = [part for part in thing.__mro__ if part.__module__.startswith("isinglass.")]
    for name, value in {name: value for part in reversed(own) for name, value in vars(part).items()}.items():
        function = getattr(value, "__func__", value)
        shown = inspect.isfunction(function) or isinstance(value, (property, cached_property))
        if not name.startswith("_") and shown and inspect.getdoc(function):
            yield name, function


def _parts(annotation: Any) -> tuple[Any, ...]:
    return (annotation, *getattr(annotation, "__args__", ()))


def _is_model(part: Any) -> bool:
    return inspect.isclass(part) and issubclass(part, BaseModel)
