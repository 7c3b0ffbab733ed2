"""A study in a notebook: shown in one place, written anew, with the losses of all members; elsewhere nothing."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

import isinglass as ig
from isinglass.learning.members import Member
from isinglass.learning.run import Tick
from isinglass.workbench.events import Stage, Ticked, result_of
from isinglass.workbench.watching.notebook import Curves, Page, shown

QUICK = {"learning.members": 3, "learning.epochs": 5, "evaluation.baselines": ["mean"], "evaluation.bootstrap": 20}


class Notebook:
    """What IPython offers a kernel: `display` gives a handle that can be written anew."""

    def __init__(self, *, kernel: object) -> None:
        self.written: list[str] = []
        self.places = 0
        shell = SimpleNamespace(kernel=kernel)
        self.module = SimpleNamespace(get_ipython=lambda: shell, version_info=(9, 0))  # matplotlib asks too
        self.display = SimpleNamespace(HTML=str, display=self._display)

    def _display(self, text: str, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        self.places += 1
        self.written.append(text)
        return SimpleNamespace(update=self.written.append)

    def open(self, patch: pytest.MonkeyPatch) -> None:
        patch.setitem(sys.modules, "IPython", self.module)  # type: ignore[arg-type]
        patch.setitem(sys.modules, "IPython.display", self.display)  # type: ignore[arg-type]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    found = Notebook(kernel="a kernel")
    found.open(monkeypatch)
    return found


def rows() -> pl.DataFrame:
    x = np.random.default_rng(0).normal(size=120).round(3)
    return pl.DataFrame({"x": x, "z": x[::-1].copy(), "y": (x + np.sin(3 * x[::-1])).round(2)})


@pytest.mark.filterwarnings("ignore::isinglass.errors.StudyWarning")
def test_a_fit_shows_its_stages_and_every_member_in_one_place(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, free in (("PAUSE", 0.0), ("SHARE", 1.0)):  # a busy machine would leave updates out
        monkeypatch.setattr(f"isinglass.workbench.watching.notebook.{limit}", free)
    model = ig.fit(rows(), "y", settings=QUICK)
    assert notebook.places == 1
    last = notebook.written[-1]
    stages = ["reading: table", "training: 3 networks", "scoring", "explaining", "writing: nothing"]
    places = [last.index(stage) for stage in stages]
    assert places == sorted(places)
    assert "done after" in last
    assert 'aria-label="Loss of 3 networks on training and on validation rows up to epoch 5."' in last
    assert "<script" not in last
    assert not re.search(r"https?://(?!www.w3.org)", last)
    assert "epoch 1/5" in "".join(notebook.written)
    assert np.isfinite(model.predict(rows()).mean).all()


@pytest.mark.filterwarnings("ignore::isinglass.errors.StudyWarning")
def test_what_is_shown_has_no_influence(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = ig.fit(rows(), "y", settings=QUICK).predict(rows()).mean
    assert notebook.written
    monkeypatch.delitem(sys.modules, "IPython")
    count = len(notebook.written)
    assert np.array_equal(watched, ig.fit(rows(), "y", settings=QUICK).predict(rows()).mean)
    assert len(notebook.written) == count


def test_a_plain_ipython_shows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Notebook(kernel=None)
    terminal.open(monkeypatch)

    def events():
        yield Stage("reading")
        return 3

    assert result_of(shown(events())) == 3
    assert terminal.written == []


def test_what_breaks_off_says_so(notebook: Notebook) -> None:
    def events():
        yield Stage("reading", "<b>.csv")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        result_of(shown(events()))
    assert "broken off after" in notebook.written[-1]
    assert "reading: &lt;b&gt;.csv" in notebook.written[-1]


def ticks(members: int, epochs: list[float], start: int = 0) -> list[Ticked]:
    who = tuple(Member(place, 0, start + place) for place in range(members))
    whole = np.ones(members)
    return [
        Ticked(Tick(e, 9, 1, whole / e, np.full(members, np.nan), whole > 0, whole), who, e / 9, 1.0) for e in epochs
    ]


def test_curves_have_a_gap_before_a_round_of_restarts_and_begin_anew_with_others() -> None:
    curves = Curves()
    for event in ticks(2, [1.0, 2.0, 1.0, 2.0]):
        curves.add(event)
    assert curves.epochs == [1, 2, 1, 1, 2]
    assert [bool(np.isfinite(losses).all()) for losses in curves.train] == [True, True, False, True, True]
    assert "<svg" in curves.drawn("a")
    curves.add(ticks(3, [1.0], start=7)[0])
    assert curves.epochs == [1.0]
    assert curves.drawn("a") == ""


def test_quick_events_do_not_wait_for_the_page(notebook: Notebook) -> None:
    page = Page()
    page.show(Stage("training"))
    for event in ticks(2, [1 + place / 100 for place in range(500)]):
        page.show(event)
    assert len(notebook.written) < 20
