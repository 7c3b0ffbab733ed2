"""Every figure: drawn from a full and from a bare report, small, well-formed, in the page's colours."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from reports import classification_report, image_report, regression_report

from isinglass.evaluation.report import Effect, Report, Unseen
from isinglass.export.sections import SECTIONS, draw
from isinglass.figures import learning
from isinglass.figures.classification import counts
from isinglass.figures.drawing.plot_helpers import DOTS, dots, running, thinned
from isinglass.figures.drawing.style import PALETTE, STYLE, shortened, with_unit
from isinglass.figures.drawing.svg import to_svg
from isinglass.spec import Role, Task


def drawings(report: Report, *names: str):
    """By their keys; of some kinds only, to save time."""
    with mpl.rc_context(STYLE):
        found = [drawing for name in names or SECTIONS for drawing in SECTIONS[name].figures(report)]
    return {drawing.key: drawing for drawing in found}


def test_a_full_report_has_every_figure_of_its_task():
    found = draw(regression_report())
    assert set(found) == set(SECTIONS) - {"data", "ledger", "recipe", "provenance", "cite"}
    images = {"samples", "classes", "mistakes", "filters", "maps", "masks", "overlap", "mask_confusion"}
    assert {name for name, figures in found.items() if not figures} == {"confusion", "ranking", *images}
    assert [figure.key for figure in found["splits"]] == ["splits-shares", "splits-groups", "splits-map", "splits-time"]


def test_a_bare_report_has_those_that_make_sense():
    found = draw(classification_report())
    there = {"comparison", "splits", "confusion", "ranking", "calibration"}
    assert {name for name, figures in found.items() if figures} == there


def test_a_report_on_images_has_pictures():
    found = draw(image_report())
    for name in ("samples", "classes", "mistakes", "filters", "maps"):
        (drawing,) = found[name]
        root = ET.fromstring(drawing.svg)
        assert root.attrib["aria-label"] == drawing.alt != ""
        assert not re.search(r"#[0-9a-f]{6}\b", drawing.svg), "a colour that the page does not know"
    pictures = re.findall(r'<image[^>]*href="data:image/png;base64,[^"]+"', found["samples"][0].svg)
    assert len(pictures) == 40
    assert "is class" in found["mistakes"][0].svg, "a wrong answer names the truth"


@pytest.mark.parametrize("make", [regression_report, classification_report])
def test_drawings_are_small_wellformed_and_alone_in_the_page(make):
    found = drawings(make())
    identifiers: list[str] = []
    for key, drawing in found.items():
        root = ET.fromstring(drawing.svg)
        assert root.attrib["role"] == "img"
        assert root.attrib["aria-label"] == drawing.alt != ""
        identifiers += re.findall(r'\bid="([^"]+)"', drawing.svg)
        assert len(drawing.svg) < 80_000, key
        assert not re.search(r"https?:|<style|<image|font-family|xlink", drawing.svg)
        assert not re.search(r"#[0-9a-f]{6}\b", drawing.svg), "a colour that the page does not know"
        assert "var(--ink)" in drawing.svg
    assert len(identifiers) == len(set(identifiers))


def test_drawing_twice_gives_the_same_and_leaves_matplotlib_alone():
    before = dict(mpl.rcParams)
    first, second = (draw(classification_report()) for _ in range(2))
    assert first == second
    assert dict(mpl.rcParams) == before


def test_axes_carry_units():
    found = drawings(regression_report(), "predicted", "comparison", "effects")
    assert "predicted Humidity (%)" in found["against-0"].svg
    assert "RMSE (%)" in found["comparison-rmse"].svg
    assert "sst (degC)" in found["effect-0"].svg


def test_many_rows_are_thinned_and_said_so():
    found = drawings(regression_report(40_000), "predicted")
    assert f"{DOTS} of 40000 rows are drawn" in found["against-0"].caption
    assert len(found["against-0"].svg) < 120_000


def test_all_dots_are_drawn_as_one_path():
    figure = Figure()
    axes = figure.add_subplot()
    x = np.arange(100.0)
    dots(axes, x, x**2 % 7, name="reference")
    dots(axes, np.array([np.nan]), np.array([1.0]), name="reference")
    assert to_svg(figure, "dots", "dots").count("h0") == 100


def test_a_figure_of_its_own_is_in_light_colours():
    figure = Figure()
    figure.add_subplot().plot([0, 1], [0, 1], color=PALETTE["network"][0])
    svg = to_svg(figure, "alone", "a line", page=False)
    assert svg.startswith("<?xml")
    assert PALETTE["network"][0] in svg
    assert "var(" not in svg


def test_what_is_written_in_a_figure_stays_as_it_is():
    with mpl.rc_context(STYLE):
        figure = Figure()
        axes = figure.add_subplot()
        axes.set_xlabel('x3.14159 #26221d id="y"')
        axes.set_xticks([0.0], ["0.00051"])
        svg = to_svg(figure, "text", "text")
    assert 'x3.14159 #26221d id="y"</text>' in svg
    assert ">0.00051</text>" in svg


@pytest.mark.parametrize("shade", [0, 1])
def test_colours_stand_out_from_the_page(shade: int):
    """WCAG 2.2: 4.5 to 1 for text, 3 to 1 for graphics."""
    paper = _luminance(PALETTE["paper"][shade])
    for name, shades in PALETTE.items():
        light, dark = sorted([paper, _luminance(shades[shade])], reverse=True)
        needed = {"ink": 7, "muted": 4.5, "network": 4.5, "paper": 1, "rule": 1}.get(name, 3)
        assert (light + 0.05) / (dark + 0.05) >= needed, name


def _luminance(colour: str) -> float:
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_confusion_counts_against_a_loop():
    unseen = classification_report().unseen
    assert unseen is not None
    assert unseen.probabilities is not None
    table = np.zeros((3, 3), dtype=int)
    for truth, row in zip(unseen.observed[:, 0].astype(int), unseen.probabilities, strict=True):
        table[truth, row.argmax()] += 1
    np.testing.assert_array_equal(counts(unseen), table)


def test_running_quantiles_are_those_of_the_bins():
    x = np.arange(300.0)
    found = running(x, x * 2, [0.5], most=10)
    assert found.shape == (2, 10)
    np.testing.assert_allclose(found[1], [2 * np.median(part) for part in np.array_split(x, 10)])
    assert found[0, 0] == 0
    assert found[0, -1] == 299
    assert running(x[:20], x[:20], [0.5]).shape == (2, 0)


def test_small_marks():
    assert len(thinned(10)) == 10
    assert len(np.unique(thinned(10_000, limit=50))) == 50
    assert shortened("a" * 30) == "a" * 14 + "…" + "a" * 7
    assert shortened("concentration_of_carbon_at_station_07").endswith("ion_07")


def written(svg: str) -> list[str]:
    """All text of a figure."""
    return ["".join(part.itertext()).strip() for part in ET.fromstring(svg).iter() if part.tag.endswith("text")]


def test_labels_keep_within_their_panels():
    name = "annual_mean_net_primary_production_of_the_upper_ocean"
    assert with_unit("Humidity", "%") == "Humidity (%)"
    assert len(with_unit(name, "mg C/m2/d")) == 40
    assert with_unit(name, "mg C/m2/d").endswith("per_ocean (mg C/m2/d)")
    report = regression_report()
    effects = tuple(replace(one, column=name, output=name, unit="mg C/m2/d") for one in report.effects)
    for key, drawing in drawings(replace(report, effects=effects), "effects").items():
        assert max(map(len, written(drawing.svg))) <= 34, key


def test_methods_can_be_told_apart():
    report = regression_report()
    names = ("nearest neighbours of pixels (L1)", "nearest neighbours of pixels (L2)", "persistence (the last value)")
    methods = (report.network, *(replace(report.methods[1], name=name) for name in names))
    texts = written(drawings(replace(report, methods=methods), "comparison")["comparison-rmse"].svg)
    assert {"nearest neighbo…els (L1)", "nearest neighbo…els (L2)", "persistence"} <= set(texts)


def test_ticks_have_room():
    report = regression_report()
    assert report.importance is not None
    tiny = replace(report.importance, single=report.importance.single * 1e-5, multi=None)
    texts = written(drawings(replace(report, importance=tiny), "importance")["importance-single"].svg)
    numbers = [text for text in texts if re.fullmatch(r"[−-]?[\d.]+", text)]
    assert len(numbers) >= 2
    assert sum(map(len, numbers)) <= 36


def test_epochs_are_whole():
    report = regression_report()
    assert report.history is not None
    history = report.history
    short = replace(history, train=history.train[:, :5], stop=history.stop[:, :5], best=np.minimum(history.best, 5))
    texts = written(drawings(replace(report, history=short), "learning")["learning"].svg)
    assert "1.5" not in texts
    assert {"1", "2", "3", "4", "5"} <= set(texts)


class TestStrangeReports:
    """What a study can come up with must not stop its report."""

    def test_constant_predictions_and_one_row(self):
        for rows in (1, 2, 40):
            report = regression_report(rows)
            assert report.unseen is not None
            same = np.full((rows, 1), 3.0)
            changed = replace(report, unseen=replace(report.unseen, mean=same, observed=same))
            assert "against-0" in drawings(changed, "predicted", "residuals", "calibration", "novelty", "splits")

    def test_not_a_number_in_predictions(self):
        report = regression_report()
        assert report.unseen is not None
        mean = np.array(report.unseen.mean)
        mean[:5] = np.nan
        changed = replace(report, unseen=replace(report.unseen, mean=mean, pit=np.full((300, 1), np.nan)))
        assert len(drawings(changed, "predicted", "residuals", "calibration")) == 4

    def test_no_interval_at_all(self):
        report = regression_report()
        assert report.unseen is not None
        bare = replace(report.unseen, low=None, high=None, std=None, pit=None, levels=None, covered=None)
        assert list(drawings(replace(report, unseen=bare), "predicted", "calibration")) == ["against-0"]

    def test_losses_of_which_nothing_is_known(self):
        report = regression_report()
        assert report.history is not None
        none = np.full((2, 5), np.nan)
        assert not drawings(replace(report, history=replace(report.history, train=none, stop=none)), "learning")
        only = replace(report.history, stop=np.full_like(report.history.stop, np.nan))
        assert drawings(replace(report, history=only), "learning")

    def test_negative_losses_and_a_single_epoch(self):
        report = regression_report()
        assert report.history is not None
        one = replace(report.history, train=np.array([[-1.0]]), stop=np.array([[-0.9]]), best=np.array([1]))
        assert drawings(replace(report, history=one), "learning")
        figure = Figure()
        axes = figure.add_subplot()
        learning._curve(axes, np.array([[0.4], [0.6]]), "network", "rows")
        (line,) = axes.get_lines()
        assert line.get_marker() == "o", "a line of one point cannot be seen"
        assert line.get_xydata().tolist() == [[1.0, 0.5]]

    def test_two_classes_many_classes_and_a_class_never_seen(self):
        for classes in (2, 20, 70):
            found = drawings(classification_report(300, classes), "confusion", "calibration")
            assert ("confusion" in found) == (classes <= 60)
            assert "reliability" in found

    def test_several_labels(self):
        report = classification_report()
        labels = np.random.default_rng(0).integers(0, 2, size=(50, 3)).astype(float)
        unseen = Unseen(labels, ("a", "b", "c"), probabilities=np.clip(labels, 0.2, 0.7))
        found = drawings(replace(report, task=Task.MULTILABEL, unseen=unseen), "confusion", "calibration")
        assert list(found) == ["reliability"]

    def test_zero_residuals_flat_effects_and_long_names(self):
        report = regression_report()
        long = "a very long name of a column indeed $_{x}^2$ <b>"
        flat = Effect(long, "", "y", "", np.array([1.0, 2.0]), np.array([5.0, 5.0]))
        exact = replace(report.constraints[0], residual=np.zeros(10), reference=0.0)
        changed = replace(report, effects=(flat,), constraints=(exact,))
        assert len(drawings(changed, "effects", "constraints")) == 2

    def test_many_groups_and_unused_rows(self):
        report = regression_report()
        role = report.splits.role.copy()
        role[0, :20] = int(Role.UNUSED)
        part = replace(report.splits, role=role, groups=np.arange(300).astype(str))
        found = drawings(replace(report, splits=part), "splits")
        assert "24 largest of 300" in found["splits-groups"].caption

    def test_dates_get_an_axis_of_dates(self):
        report = regression_report()
        moments = np.datetime64("2019-05-01") + np.arange(300)
        found = drawings(replace(report, splits=replace(report.splits, time=moments)), "splits")
        assert ">2020</text>" in found["splits-time"].svg

    def test_so_do_days_since_2000(self):
        report = regression_report()
        days = 20 * 365.25 - 200 + np.arange(300)
        found = drawings(replace(report, splits=replace(report.splits, time=days, dated=True)), "splits")
        assert ">2020</text>" in found["splits-time"].svg

    def test_dollar_signs_are_no_formula(self):
        report = regression_report()
        assert report.unseen is not None
        found = drawings(replace(report, unseen=replace(report.unseen, names=("price $ and $ more",))), "predicted")
        assert ">predicted price $ and $ more (%)</text>" in found["against-0"].svg


class TestWhereItGoesWrong:
    """Parts, the course in time, the map."""

    def test_the_worst_group_is_named(self):
        found = drawings(regression_report(), "parts")
        assert "worst for buoy 7" in found["parts-location"].alt
        assert "No bar" not in found["parts-location"].caption

    def test_a_course_a_group(self):
        found = drawings(regression_report(), "course")
        assert list(found) == ["course-0", "course-1", "course-2"]
        assert "Buoy 0: unseen rows along days." in found["course-0"].caption

    def test_dates_stand_below_as_dates(self):
        report = regression_report()
        assert report.unseen is not None
        dated = replace(
            report,
            splits=replace(report.splits, dated=True),
            unseen=replace(report.unseen, group=None, time=np.linspace(4500.0, 6000.0, 300)),
        )
        (drawing,) = drawings(dated, "course").values()
        assert "2014" in drawing.svg

    def test_dots_on_the_map_are_means_of_their_place(self):
        report = regression_report()
        assert report.unseen is not None
        (drawing,) = drawings(report, "places").values()
        assert "Mean residual of each place" in drawing.caption
        nowhere = replace(report, unseen=replace(report.unseen, position=np.zeros((300, 2))))
        assert not drawings(nowhere, "places")


class TestAxes:
    """Ticks that can be read."""

    def test_a_column_with_gaps_keeps_its_ticks(self):
        report = regression_report()
        curve = report.effects[0]
        whole = drawings(replace(report, effects=(curve,)), "effects")["effect-0"].svg
        assert curve.observed is not None
        gaps = np.append(curve.observed, [np.nan] * 9)
        assert drawings(replace(report, effects=(replace(curve, observed=gaps),)), "effects")["effect-0"].svg == whole

    def test_a_column_of_dates_has_years_below(self):
        report = regression_report()
        grid = np.linspace(4500.0, 6000.0, 20)
        dates = replace(report.effects[0], column="date days", unit="", grid=grid, observed=grid, calendar="date")
        svg = drawings(replace(report, effects=(dates,)), "effects")["effect-0"].svg
        assert "2014" in svg
        assert ">date<" in svg
        year = replace(dates, column="date year", grid=np.linspace(0, 1, 20), observed=None, calendar="year")
        assert ">Apr<" in drawings(replace(report, effects=(year,)), "effects")["effect-0"].svg

    def test_long_numbers_do_not_run_into_each_other(self):
        report = regression_report()
        grid = np.linspace(101324.1, 101325.9, 20)
        curve = replace(report.effects[0], grid=grid, observed=grid)
        svg = drawings(replace(report, effects=(curve,)), "effects")["effect-0"].svg
        assert len(re.findall(r">10132\d\.?\d*<", svg)) <= 5

    def test_one_far_row_does_not_press_the_others_into_a_line(self):
        report = regression_report()
        assert report.novelty is not None
        values = report.novelty.values.copy()
        values[0] = 700.0
        found = drawings(replace(report, novelty=replace(report.novelty, values=values)), "novelty")
        assert "600" not in found["novelty-error"].svg
        assert "count as" in found["novelty-error"].caption

    def test_all_rows_are_a_hundred_percent(self):
        report = regression_report()
        assert report.novelty is not None
        part = replace(report.novelty, features=("sst",), beyond=(1.0,))
        assert "sst in 100 % of the rows" in drawings(replace(report, novelty=part), "novelty")["novelty"].caption

    def test_what_chance_allows_follows_the_units(self):
        report = regression_report()
        assert report.unseen is not None
        rows = drawings(replace(report, unseen=replace(report.unseen, cluster=None)), "calibration")
        units = drawings(report, "calibration")
        assert "8 independent units" in units["coverage"].caption
        assert "independent" not in rows["coverage"].caption
