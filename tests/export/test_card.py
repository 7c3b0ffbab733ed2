"""The model card: front matter that other programs read, every section, nothing hostile."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from reports import classification_report, image_report, regression_report

from isinglass.export.card import outside, render_card, write_card
from isinglass.spec import Task

SECTIONS = [
    "Intended use",
    "Limitations",
    "Data",
    "Procedure",
    "Evaluation",
    "Coverage",
    "Domain of validity",
    "Citation",
]


def front(text: str) -> dict:
    _, matter, _ = text.split("---\n", 2)
    return yaml.safe_load(matter)


@pytest.mark.parametrize("make", [regression_report, classification_report])
def test_all_sections_in_order(make):
    text = render_card(make())
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    assert "None" not in text
    assert "nan" not in text.split()


def test_the_front_matter_is_that_of_the_hub():
    matter = front(render_card(regression_report()))
    assert matter["library_name"] == "isinglass"
    assert matter["pipeline_tag"] == "tabular-regression"
    result = matter["model-index"][0]["results"][0]
    assert result["dataset"]["name"] == "tao"
    assert {m["type"]: m["value"] for m in result["metrics"]} == {"rmse": 3.412, "nll": 2.61, "coverage_90": 0.893}
    assert front(render_card(classification_report()))["pipeline_tag"] == "tabular-classification"
    images = front(render_card(image_report()))
    assert images["pipeline_tag"] == "image-classification"
    assert "images" in images["tags"]
    masks = front(render_card(replace(classification_report(), task=Task.SEGMENTATION)))
    assert masks["pipeline_tag"] == "image-segmentation"


def test_numbers_and_warnings_arrive():
    text = render_card(regression_report())
    assert "| **network** | 3.41 (3.17 to 3.62) |" in text
    assert "- Only 8 groups: intervals are wide." in text
    assert "0.893 (0.830 to 0.947) measured on unseen rows, 0.9 promised" in text
    assert "The unseen rows were opened 1 time." in text
    assert "- The predictions obey energy balance (R − H − G = 0)." in text
    assert regression_report().recipe.strip() in text


def test_tables_keep_their_columns():
    text = render_card(regression_report())
    for line in text.splitlines():
        if line.startswith("| ") and not line.startswith("| column"):
            assert line.endswith(" |")
    rows = [line for line in text.splitlines() if line.startswith(("| method", "|---|---", "| **network", "| linear"))]
    assert {row.count("|") for row in rows if "RMSE" in row or "network" in row or "linear" in row} == {5}


def test_hostile_names_stay_names():
    report = regression_report()
    evil = 'a|b <img src=x>\n## fake: "quote" `code`'
    column = replace(report.data.columns[0], name=evil)
    text = render_card(replace(report, title=evil, data=replace(report.data, name=evil, columns=(column,))))
    assert front(text)["model-index"][0]["name"] == evil
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == SECTIONS
    assert "<img" not in text.split("---\n", 2)[2]


def test_share_outside():
    report = regression_report()
    assert report.novelty is not None
    values = np.array([0.5, 1.5, np.nan, 0.2, 3.0])
    assert outside(replace(report, novelty=replace(report.novelty, values=values))) == 0.5
    assert outside(replace(report, novelty=replace(report.novelty, values=np.full(3, np.nan)))) is None
    assert outside(classification_report()) is None


def test_written_and_read_back(tmp_path: Path):
    path = write_card(regression_report(), tmp_path / "card.md")
    assert path.read_text(encoding="utf-8") == render_card(regression_report())


def test_a_card_of_images_speaks_of_images():
    text = render_card(image_report())
    assert "of images (8 x 8 pixels, red, green, blue, uint8)" in text
    assert 'model.predict("new_images/")' in text
    assert "400 images, SHA-256" in text
    assert "from , for rows" not in text


def test_the_snippet_loads_the_file_that_is_there(tmp_path: Path):
    text = write_card(regression_report(), tmp_path / "card.md", model='my "tao".isinglass').read_text(encoding="utf-8")
    assert 'model = ig.load("my \\"tao\\".isinglass")' in text


def test_the_rows_that_were_sealed_are_not_said_to_be_learnt():
    assert "to the 300 rows of tao " in render_card(regression_report())
    assert "to 280 of the 400 rows of penguins.csv " in render_card(classification_report())
