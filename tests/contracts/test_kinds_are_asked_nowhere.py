"""What kind of data is this? is asked by `kinds` alone: everywhere else axes, columns or the kind's own words answer.

Counted are lines of the source outside the kinds' own folders, by the signs under which the question was put on 145
lines of 75 files before there was a contract for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import isinglass

PACKAGE = Path(isinglass.__file__).parent
OWN = (
    "kinds",
    "data/tables",
    "data/images",
    "machine/tabular",
    "machine/image",
    "evaluation/baselines/images",
)
"""Folders of one kind, and the contract."""
MOST = 15
"""Lines. One that is added wants another one gone."""
SIGNS = (
    r"isinstance\([^#]*\b(ImageSchema|Schema)\b",
    r"\btype\(\w*schema\)",
    r"schema\.kind\s*(==|!=|is\b|in\b)",
    r"\bkind\.name\s*(==|!=|in\b)",
    r"\b(problem|work|recipe\.data|self)\.images\b",
    r"\bshape\.image\b|\bquestion\.image\b|\bschema\.image\b|getattr\([^)]*schema, \"image\"",
    r"\"(height|width|channels)\" (not )?in\b",
    r"\bis_image_source\b|\b_holds_images\b",
    r"\b(inputs|targets|images|pixels|rows|sample|observed|masks|maps|x)"
    r"\.(dim\(\)|ndim) *(==|!=|<=?|>=?) *\d\b(?! *\+)",
    r"\b(shape|len\(\w+\.shape\)) *(==|!=|>) *[34]\b",
    r"\bspec\.dims *(==|!=|is\b)",
    r"\.ends_with\(",
    r"(\bis( not)?|==|!=|\bin\b[^#]*) *\(?[\w., ]*\bTask\.SEGMENTATION\b",
    r"\bTask\.SEGMENTATION (if|else)\b",
)


OVER = (r"schema\.over\b", r"\btask\.mapped\b")
"""Is there an answer at every place? It is asked of the targets, whatever the samples are."""
MOST_OVER = 23


def asked(signs: Sequence[str] = SIGNS) -> list[str]:
    """`file:line: text` of every line that asks."""
    sign, found = re.compile("|".join(signs)), []
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE).as_posix()
        if place.startswith(OWN):
            continue
        lines = path.read_text("utf-8").splitlines()
        found += [f"{place}:{number}: {line.strip()}" for number, line in enumerate(lines, 1) if sign.search(line)]
    return found


def test_fewer_than_fifteen_lines_ask_for_the_kind_of_data() -> None:
    found = asked()
    assert len(found) < MOST, "\n".join(found)


def test_no_more_lines_ask_for_answers_at_every_place() -> None:
    found = asked(OVER)
    assert len(found) < MOST_OVER, "\n".join(found)


def test_the_question_is_recognised() -> None:
    sign = re.compile("|".join(SIGNS))
    for line in (
        "if isinstance(model.schema, ImageSchema):",
        "images = inputs.dim() == 4",
        "if work.problem.images:",
        'kind = ImageSchema if "height" in document else Schema',
        "if schema.task is Task.SEGMENTATION:",
        "if shape.image is None:",
        'if dataset.schema.kind == "image":',
    ):
        assert sign.search(line), line
    for line in ("if work.problem.spec.flat:", "KINDS[schema.kind].reader(schema, recipe)", "x.ndim == other.ndim"):
        assert not sign.search(line), line
