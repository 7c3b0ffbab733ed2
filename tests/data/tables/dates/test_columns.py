"""Dates as people write them: the form is found, the order of day and month decided from the whole column."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from isinglass.data.opening import from_frame
from isinglass.data.tables.dates.columns import clock, number_form, read_dates, written
from isinglass.data.tables.dates.forms import FORMS
from isinglass.data.tables.parsing import typed
from isinglass.data.tables.schema import Schema
from isinglass.errors import DataError
from isinglass.kinds.opening import load
from isinglass.recipe import DataRecipe
from isinglass.spec import Kind

HALF_YEAR = pl.datetime_range(datetime(2024, 1, 1), datetime(2024, 7, 18), "1d", eager=True)


@pytest.mark.parametrize(
    "text",
    ["31/01/24 05:06", "31-01-2024 5:06", "31.01.24 05:06:00", "01/31/24 5:06 AM", "01/31/2024 05:06:00 am",
     "31 Jan 2024 05:06", "31-Jan-24 05:06", "Jan 31, 2024 5:06 a.m.", "January 31, 2024 05:06",
     "31st January 2024 05:06",
     "Wed, 31 Jan 2024 05:06:00 GMT", "31/Jan/2024:05:06:00 +0100", "31JAN2024:05:06:00", "2024-01-31T05:06Z",
     "2024-01-31 05:06:00+02", "2024-01-31T05:06:00+01:00[Europe/Berlin]", "20240131T0506", "2024 Jan 31 05:06",
     "2024.01.31 05:06", "2024 01 31 05:06", "31_01_2024 05:06"],
)  # fmt: skip
def test_one_moment_in_many_forms(text: str) -> None:
    assert typed(pl.Series("t", [text, None])).to_list() == [datetime(2024, 1, 31, 5, 6), None]


@pytest.mark.parametrize(
    ("form", "order"),
    [("%d/%m/%y", "day-first"), ("%d-%m-%y", "day-first"), ("%d.%m.%y", "day-first"), ("%m/%d/%y", "month-first"),
     ("%m-%d-%Y", "month-first"), ("%d/%m/%Y", "day-first"), ("%y-%m-%d", "year-first"), ("%y/%m/%d", "year-first")],
)  # fmt: skip
def test_the_order_comes_from_the_whole_column(form: str, order: str) -> None:
    found = read_dates(HALF_YEAR.dt.strftime(form), where="data")
    assert found is not None
    assert (found.order, found.short) == (order, "%y" in form)
    assert found.values.to_list() == HALF_YEAR.to_list()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_reads_its_example(form: str) -> None:
    found = clock(pl.Series("t", [form]))[0]
    assert (found.year, found.month, found.day) == (2024, 1, 31 if "31" in form else 1)


def test_years_of_two_digits_turn_at_69() -> None:
    read = typed(pl.Series("t", ["13/02/68", "13/02/69", "13/02/99", "13/02/00"]))
    assert read.dt.year().to_list() == [2068, 1969, 1999, 2000]
    assert "69 to 99 are 1969 to 1999" in written(pl.Series("t", ["13/02/68"]), where="data").told("t")


@pytest.mark.parametrize("text", ["31.01.0024", "0031-01-24", "31/01/124", "31/01/4"])
def test_a_year_below_1000_is_no_date(text: str) -> None:
    assert typed(pl.Series("t", [text, text])).dtype == pl.String


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["01/02/2024", "03/04/2024"], "row 1, column 't': the dates can be read as day/month and as month/day"),
        (["01-01-01", "05-06-12", "07-09-20"], "as day/month and as month/day and as year/month/day"),
        (["01-02-24", "03-04-24"], "every cell fits.*2024-02-01 or 2024-01-02"),
        (["01/02/2024 01:00 PM", "03/04/2024 02:00 AM"], "data.dates=day-first"),
        (["2024-01-31", "31/01/2024"] * 5, "dates in 2 forms in one column. Given: '2024-01-31' in 5 rows"),
        (["31 Jan 2024", "2024-01-31"], "dates in 2 forms"),
        (["13/02/24", "14/02/24", "02/15/24"], "row 3.*not a date like the others, which have the day first"),
        (["1/13/2024 1:00 PM", "1/14/2024 13:00"], "row 2.*not a date like the others"),
        (["31. Dez 2024", "1. Okt 2024"], "a form that is not read. Given: '31. Dez 2024'.*--drop t"),
        (["2024-W05", "2024-W06"], "a form that is not read"),
        (["2024-031", "2024-032"], "a form that is not read"),
        (["05:06 AM 31/01/2024", "05:07 AM 31/01/2024"], "a form that is not read"),
        (["Jan-24", "Feb-24"], "a form that is not read"),
        (["Fri Nov  1 00:00:00 2019"] * 2, "a form that is not read"),
        (["2024-02-30", "2024-02-28", "2024-02-29"], "row 1.*not a date like the others"),
    ],
)
def test_refused(values: list[str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        typed(pl.Series("t", values))
    assert typed(pl.Series("t", values), kind=Kind.CATEGORICAL).to_list() == values


def test_the_recipe_decides_where_the_cells_cannot() -> None:
    series = pl.Series("t", ["01/02/2024", "03/04/2024"])
    assert clock(series, order="day-first")[0] == datetime(2024, 2, 1)
    assert clock(series, order="month-first")[0] == datetime(2024, 1, 2)


@pytest.mark.parametrize(
    "values", [["1-2-3", "4-5-6"], ["20-45-67", "10-20-30"], ["A1-2024", "B2-2024"], ["12:30", "12:45"]]
)
def test_codes_are_no_dates(values: list[str]) -> None:
    assert typed(pl.Series("t", values)).to_list() == values


def test_whole_numbers_that_are_dates_are_named() -> None:
    days = [20240101, 20240131, 20240229, 20231231, 20250630]
    assert number_form(pl.Series("t", [*days, None])) == "20240131"
    assert number_form(pl.Series("t", [*days, 20230229])) == ""
    assert number_form(pl.Series("t", days[:4])) == ""
    assert clock(pl.Series("t", [202401310506])).to_list() == [datetime(2024, 1, 31, 5, 6)]
    frame = pl.DataFrame({"t": days * 4, "x": np.arange(20.0) ** 2, "y": np.arange(20.0)})
    notes = from_frame(frame, DataRecipe(source="table", target=("y",)), name="table").notes
    assert "t: all whole numbers are dates, as 20240131: --kind t=datetime." in notes
    timed = from_frame(frame, DataRecipe(source="table", target=("y",), time="t"), name="table").notes
    assert "t: all whole numbers are dates: --kind t=datetime counts days." in timed
    dated = from_frame(frame, DataRecipe(source="table", target=("y",), kinds={"t": Kind.DATETIME}), name="table")
    assert not any("whole numbers are dates" in note for note in dated.notes)
    assert "t year sin" in [feature.name for feature in dated.schema.features]


@pytest.mark.parametrize("form", ["%d%m%Y", "%m%d%Y", "%d%m%y", "%y%m%d"])
def test_numbers_that_are_dates_in_no_order_are_refused_as_times(form: str) -> None:
    days = HALF_YEAR.dt.strftime(form).cast(pl.Int64)
    frame = pl.DataFrame({"t": days, "y": np.arange(len(days)) ** 2})
    with pytest.raises(DataError, match=r"row 1, column 't'.*whole numbers that are dates.*2026-01-31"):
        from_frame(frame, DataRecipe(source="table", target=("y",), time="t", features=("t",)), name="table")


def _table(path: Path, form: str) -> Path:
    y = np.sin(np.arange(len(HALF_YEAR)) / 30)
    pl.DataFrame({"day": HALF_YEAR.dt.strftime(form), "y": y}).write_csv(path)
    return path


@pytest.mark.parametrize("form", ["%d/%m/%y", "%d.%m.%y", "%m-%d-%y", "%d-%b-%y", "%m/%d/%Y %I:%M:%S %p"])
def test_time_orders_the_rows(tmp_path: Path, form: str) -> None:
    found = load(DataRecipe(source=str(_table(tmp_path / "a.csv", form)), target=("y",), time="day", features=("day",)))
    assert found.coords["time"].tolist() == [8766.0 + k for k in range(len(HALF_YEAR))]  # 2024-01-01 is day 8766
    plain = load(DataRecipe(source=str(_table(tmp_path / "b.csv", "%Y-%m-%d")), target=("y",)))
    assert found.fingerprint != plain.fingerprint  # the coordinate
    np.testing.assert_array_equal(found.inputs, plain.inputs)


@pytest.mark.parametrize(("form", "right"), [("%d/%m/%Y", datetime(2024, 2, 1)), ("%m/%d/%Y", datetime(2024, 1, 2))])
def test_the_order_found_in_training_reads_new_rows(tmp_path: Path, form: str, right: datetime) -> None:
    """01/02/2024 alone says nothing; the model knows."""
    trained = load(DataRecipe(source=str(_table(tmp_path / "a.csv", form)), target=("y",))).schema
    assert isinstance(trained, Schema)
    schema = Schema.from_json(trained.to_json())
    new = schema.encode(pl.DataFrame({"day": ["01/02/2024", "03/04/2024"]}))
    second = datetime(2024, 4, 3) if form.startswith("%d") else datetime(2024, 3, 4)
    np.testing.assert_array_equal(new, schema.encode(pl.DataFrame({"day": [right, second]})))
    other = "01/31/2024" if form.startswith("%d") else "31/01/2024"
    with pytest.raises(DataError, match=r"row 1.*not a date like the others, which have the (day|month) first"):
        schema.encode(pl.DataFrame({"day": [other]}))


def test_a_model_without_forms_still_loads() -> None:
    schema = Schema.from_json(
        '{"columns": [{"name": "t", "kind": "datetime", "unit": "", "categories": [], "header": "t"}], "targets": [], '
        '"indicators": [], "task": "regression", "onehot_limit": 12, "parts": [["t", "time"]]}'
    )
    assert schema.columns[0].form == ""
    assert schema.encode(pl.DataFrame({"t": ["2000-01-02"]})).tolist() == [[1.0]]


def test_the_order_is_told(shared: Path) -> None:
    source = str(shared.parent / "cases/02-two-digit-years/dmy_slash.csv")
    notes = load(DataRecipe(source=source, target=("temp",), time="day")).notes
    years = "years 69 to 99 are 1969 to 1999, 00 to 68 are 2000 to 2068."
    assert f"day: dates with the day first, '18/07/24' is 2024-07-18; {years}" in notes


def _days(day: str) -> pl.Series:
    return pl.Series("visit", [day if k % 8 == 3 else f"2021-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(60)])


@pytest.mark.parametrize("day", ["9999-12-31", "2999-01-01"])
def test_a_day_of_the_far_future_is_no_date_and_named(day: str) -> None:
    with pytest.raises(DataError, match=f'row 4, column .visit.: a day far .* in 8 rows.*visit = ."{day}".') as error:
        written(_days(day), where="a.csv")
    assert "2021-01-0" in str(error.value)


@pytest.mark.parametrize("day", ["1900-01-01", "1970-01-01", "2099-12-31"])
def test_a_day_far_from_all_others_again_and_again_is_told(day: str) -> None:
    assert f"{day} in 8 rows, far from all other dates" in written(_days(day), where="a.csv").told("visit")


def test_dates_over_many_years_are_left_alone() -> None:
    centuries = pl.Series("t", [f"{1000 + 50 * k}-07-01" for k in range(60)])
    assert written(centuries, where="a.csv").told("t") == ""
    assert written(_days("2022-03-01"), where="a.csv").told("visit") == ""


@pytest.mark.parametrize("form", ["2021Q{}", "2021-Q{}", "Q{} 2021"])
def test_quarters_are_dates_that_are_not_read(form: str) -> None:
    with pytest.raises(DataError, match="dates in a form that is not read"):
        read_dates(pl.Series("t", [form.format(1 + k % 4) for k in range(40)]), where="a.csv")
