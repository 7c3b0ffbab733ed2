"""How to cite what made the report, and the study itself."""

from __future__ import annotations

from isinglass.evaluation.report import Report
from isinglass.spec import Role


def bibtex(report: Report) -> str:
    """An entry for the software at the version that was used."""
    version = report.provenance.get("isinglass", "")
    digest = report.provenance.get("recipe", "")
    note = f"\n  note    = {{Recipe {digest}}}," if digest else ""
    return (
        "@software{isinglass,\n"
        "  author  = {{The isinglass developers}},\n"
        "  title   = {isinglass: neural networks that you can see through},\n"
        f"  version = {{{version}}},{note}\n"
        f"  year    = {{{report.date[:4]}}}\n"
        "}"
    )


def sentence(report: Report) -> str:
    """A sentence for the methods section of a paper."""
    version = report.provenance.get("isinglass", "")
    members = f"{report.members} networks" if report.members > 1 else "one network"
    machine = f" ({report.machine})" if report.machine else ""
    scheme = {"sealed": "a test part sealed beforehand", "folds": "folds that the scored networks never saw"}
    learnt = int((report.splits.role == Role.TRAIN).any(axis=0).sum())
    rows = f"the {report.data.rows} rows" if learnt == report.data.rows else f"{learnt} of the {report.data.rows} rows"
    return (
        f"A population of {members}{machine} was fitted with isinglass {version} to {rows} of "
        f"{report.data.name} (SHA-256 {report.data.fingerprint[:12]}) and scored on "
        f"{scheme.get(report.splits.scheme, 'rows that it never saw')}."
    )
