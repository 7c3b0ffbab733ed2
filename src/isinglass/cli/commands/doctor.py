"""`isinglass doctor`: what this machine has, and what is missing."""

from __future__ import annotations

import typer

from isinglass.cli.flags import takes
from isinglass.cli.output import Output


@takes(output=Output)
def doctor(*, output: Output) -> None:
    """Show what this machine has and what is missing."""
    from isinglass.doctor import examine

    health = examine()
    for part, facts in health.parts.items():
        output.say(part, *(f"  {name:<14} {value}" for name, value in facts.items()))
    for problem in health.problems:
        output.err.print(f"problem: {problem}", style="red", soft_wrap=True)
    output.say("", "All that is needed is here." if not health.problems else "See the problems above.")
    output.result({**health.parts, "problems": health.problems})
    if health.problems:
        raise typer.Exit(1)
