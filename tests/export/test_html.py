"""The page: one file that needs nothing, complete, accessible, safe; and a browser's opinion of it."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from reports import classification_report, regression_report

from isinglass.evaluation.intervals import Interval
from isinglass.evaluation.report import Effect, Measure, Method, Report
from isinglass.export.html import best, key_numbers, ranked, render_html, toml, write_html
from isinglass.export.sections import SECTIONS

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def values(self, attribute: str) -> list[str]:
        return [value for _, found in self.tags if (value := found.get(attribute)) is not None]


@pytest.fixture(scope="module")
def full() -> str:
    return render_html(regression_report())


@pytest.fixture(scope="module")
def bare() -> str:
    return render_html(classification_report())


def test_nothing_comes_from_outside(full: str, bare: str):
    for text in (full, bare):
        page = Page(text)
        assert not page.all("script")
        assert not page.all("iframe") + page.all("object") + page.all("embed") + page.all("base")
        references = [v for name in ("src", "href", "srcset", "action", "poster", "data") for v in page.values(name)]
        assert all(reference.startswith(("#", "data:")) for reference in references)
        assert not re.search(r"@import|@font-face|url\((?!#)", text)
        assert not [name for _, attributes in page.tags for name in attributes if name.startswith("on")]
        assert set(re.findall(r"https?://[^\s'\"<)]+", text)) <= {"http://www.w3.org/2000/svg"}  # the icon's name space


def test_tags_are_balanced_and_links_lead_somewhere(full: str, bare: str):
    for text in (full, bare):
        page = Page(text)
        assert page.open == []
        identifiers = page.values("id")
        assert len(identifiers) == len(set(identifiers))
        assert {link[1:] for link in page.values("href") if link.startswith("#")} <= set(identifiers)
        assert {name for value in page.values("aria-labelledby") for name in value.split()} <= set(identifiers)


def test_sections_stand_in_their_order(full: str):
    others = (
        "confusion",
        "ranking",
        "samples",
        "classes",
        "mistakes",
        "filters",
        "maps",
        "masks",
        "overlap",
        "mask_confusion",
    )
    expected = [key for key in SECTIONS if key not in others]
    assert [a["id"] for a in Page(full).all("h2") if a["id"] != "warnings"] == expected
    body = full.index("<h1")
    order = ["verdict", 'class="keys"', 'id="warnings"', 'id="comparison"', 'id="data"', 'id="cite"']
    places = [full.index(mark, body) for mark in order]
    assert places == sorted(places)


def test_sections_without_content_vanish_or_say_why(bare: str):
    identifiers = Page(bare).values("id")
    assert "Importances were not asked for." in bare
    assert not {"learning", "predicted", "residuals", "novelty", "constraints", "effects", "warnings"} & set(
        identifiers
    )
    assert {"comparison", "confusion", "calibration", "importance", "ledger", "recipe"} <= set(identifiers)
    assert "The test part has not been opened." in bare


def test_accessible(full: str, bare: str):
    for text in (full, bare):
        page = Page(text)
        assert page.all("html")[0]["lang"] == "en-GB"
        assert any(a.get("name") == "viewport" for a in page.all("meta"))
        assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
        assert len(page.all("caption")) == len(page.all("table")) >= 2
        assert all(a.get("scope") in ("col", "row") for a in page.all("th"))
        for svg in page.all("svg"):
            assert svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg.get("aria-label"))
        levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))


def test_light_dark_and_print(full: str):
    assert "prefers-color-scheme: dark" in full
    assert "@media print" in full
    assert "size: A4" in full


def test_numbers_and_words_arrive(full: str):
    words = " ".join(Page(full).words)
    for expected in (
        "The network is 9 % (4..14) better",
        "Only 8 groups",
        "3.41",
        "3.17 to 3.62",
        "gradient boosting",
        "Humidity: 93 rows without target left out.",
        "Neither under- nor overfitted.",
        "1 member was restarted",
        "R − H − G = 0",
        "fit: first scores",
        "@software{isinglass",
        "2.13.0",
        "9f" * 32,
        "18\u202fs",
    ):
        assert expected in words, expected
    recipe = html.unescape(re.sub(r"<[^>]+>", "", full[full.index('<pre class="recipe"') :].split("</pre>")[0]))
    assert recipe.strip() == regression_report().recipe.strip()


@pytest.mark.slow
def test_small_even_when_the_study_is_large():
    report = regression_report(40_000)
    assert report.unseen is not None
    four = {
        name: np.repeat(getattr(report.unseen, name), 4, axis=1) for name in ("observed", "mean", "low", "high", "pit")
    }
    names = ("a", "b", "c", "d")
    unseen = replace(report.unseen, **four, names=names, units=("K",) * 4, covered=np.full((9, 4), 0.5))
    effects = tuple(Effect(f"x{k}", "", "a", "", *np.random.default_rng(k).normal(size=(2, 30))) for k in range(40))
    text = render_html(replace(report, unseen=unseen, effects=effects))
    assert len(text.encode()) < 2_000_000
    assert "2500 of 40000 rows are drawn." in text


def test_hostile_names_do_no_harm():
    evil = "</style><script>alert(1)</script>\"'&{{ 7 * 7 }}"
    report = regression_report()
    column = replace(report.data.columns[0], name=evil, unit=evil)
    assert report.unseen is not None
    text = render_html(
        replace(
            report,
            title=evil,
            verdict=evil,
            warnings=(evil,),
            provenance={evil: evil},
            recipe=f"[data]\nsource = '{evil}'",
            data=replace(report.data, name=evil, columns=(column,)),
            unseen=replace(report.unseen, names=(evil,)),
            measures=(Measure("rmse", evil, evil),),
            ledger=(replace(report.ledger[0], purpose=evil),),
        )
    )
    page = Page(text)
    assert not page.all("script")
    assert page.open == []
    assert text.count("<style>") == text.count("</style>") == 1
    assert "{{ 7 * 7 }}" in text


def test_methods_are_ranked_and_the_best_is_marked():
    report = regression_report()
    assert [method.name for method in ranked(report)] == ["network", "gradient boosting", "linear"]
    rmse, nll, coverage = report.measures
    assert best(report, rmse) == ("network",)
    assert best(report, coverage) == ("network",)
    assert [measure.name for measure, *_ in key_numbers(report)] == ["rmse", "nll", "coverage_90"]
    twin = replace(report.network, name="twin", network=False)
    assert best(replace(report, methods=(*report.methods, twin)), rmse) == ("network", "twin")
    alone = replace(report, methods=(report.network,))
    assert best(alone, nll) == ()


def test_a_coverage_is_always_among_the_key_numbers():
    report = regression_report()
    more = tuple(Measure(f"m{k}", f"M{k}") for k in range(6))
    values = {measure.name: Interval(1.0) for measure in (*more, report.measures[2])}
    found = key_numbers(
        replace(report, measures=(*more, report.measures[2]), methods=(Method("n", values, network=True),))
    )
    assert [measure.name for measure, *_ in found] == ["m0", "m1", "m2", "coverage_90"]


def test_a_bias_does_not_take_the_place_of_the_coverage():
    report = regression_report()
    bias = Measure("bias", "bias", better="nominal", nominal=0.0)
    measures = (*(Measure(f"m{k}", f"M{k}") for k in range(3)), bias, report.measures[2])
    values = {measure.name: Interval(1.0) for measure in measures}
    found = key_numbers(replace(report, measures=measures, methods=(Method("n", values, network=True),)))
    assert [measure.name for measure, *_ in found] == ["m0", "m1", "m2", "coverage_90"]


def test_the_smallest_report_there_can_be():
    report = regression_report()
    methods = (Method("network", {"rmse": Interval(float("nan"))}, network=True),)
    text = render_html(
        Report("t", "v.", report.task, "2026", report.measures, methods, report.data, report.splits, report.recipe, {})
    )
    assert Page(text).open == []


def test_toml_is_escaped_and_marked():
    assert str(toml('[data]\nname = "<b>"')) == "<b>[data]</b>\nname = &#34;&lt;b&gt;&#34;"


def test_the_same_report_gives_the_same_file(tmp_path: Path, full: str):
    path = write_html(regression_report(), tmp_path / "deep" / "report.html")
    assert path.read_text(encoding="utf-8") == full
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]


@pytest.fixture(scope="module")
def browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on this machine: apt-get install chromium")


def _chromium(browser: str, profile: Path, *arguments: str) -> str:
    switches = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-sync"
    command = [browser, *switches.split(), "--disable-quic", "--disable-component-update", f"--user-data-dir={profile}"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


MEASURE = """
<script>
onload = () => {
  const inside = document.querySelector('iframe').contentDocument;
  const wide = [...inside.querySelectorAll('body *')].filter(e =>
    !e.closest('.scroll, pre, svg, .skip') && e.getBoundingClientRect().right > inside.documentElement.clientWidth + 1);
  const root = inside.documentElement;
  document.title = [
    root.scrollWidth - root.clientWidth, inside.querySelectorAll('section').length, wide.map(e => e.tagName).join('+')
  ].join(' ');
};
</script>
"""


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 768, 1200])
def test_a_browser_needs_no_sideways_scrolling(width: int, browser: str, tmp_path: Path, full: str):
    frame = f'<iframe width="{width}" height="900" style="border:0" srcdoc="{html.escape(full)}"></iframe>'
    outer = tmp_path / "outer.html"
    outer.write_text(f"<!DOCTYPE html><meta charset=utf-8>{MEASURE}{frame}", encoding="utf-8")
    dom = _chromium(browser, tmp_path / "profile", "--dump-dom", f"file://{outer}")
    title = re.search(r"<title>(.*?)</title>", dom)
    assert title is not None
    assert title[1].strip() == f"0 {full.count('<section')}"


CUT = """
<script>
onload = () => {
  const table = document.querySelector('iframe').contentDocument.querySelector('.methods').parentElement;
  document.title = table.scrollWidth - table.clientWidth;
};
</script>
"""


@pytest.mark.slow
def test_a_browser_of_1100_pixels_shows_all_columns_of_all_methods(browser: str, tmp_path: Path):
    names = ("rmse", "mae", "r2", "bias", "nll", "crps", "coverage of 90 %", "mean width of the interval")
    measures = tuple(Measure(name, name, better="low") for name in names)
    values = {name: Interval(-1.2345, -12.3456, 0.1234) for name in names}
    report = regression_report()
    methods = tuple(replace(method, values=values, seconds=754.0) for method in report.methods)
    text = html.escape(render_html(replace(report, measures=measures, methods=methods)))
    outer = tmp_path / "outer.html"
    frame = f'<iframe width="1100" height="900" style="border:0" srcdoc="{text}"></iframe>'
    outer.write_text(f"<!DOCTYPE html><meta charset=utf-8>{CUT}{frame}", encoding="utf-8")
    dom = _chromium(browser, tmp_path / "profile", "--dump-dom", f"file://{outer}")
    assert "<title>0</title>" in dom


@pytest.mark.slow
@pytest.mark.parametrize(("scheme", "bright"), [(1, True), (0, False)])
def test_a_browser_paints_it_light_and_dark(scheme: int, bright: bool, browser: str, tmp_path: Path, full: str):
    from matplotlib.image import imread

    page = tmp_path / "report.html"
    page.write_text(full, encoding="utf-8")
    picture = tmp_path / "picture.png"
    settings = f"--blink-settings=preferredColorScheme={scheme}"
    _chromium(
        browser, tmp_path / "profile", settings, f"--screenshot={picture}", "--window-size=1200,1600", f"file://{page}"
    )
    pixels = imread(picture)[..., :3].mean(axis=2)
    assert (np.median(pixels) > 0.9) if bright else (np.median(pixels) < 0.15)
    assert pixels.std() > 0.05
