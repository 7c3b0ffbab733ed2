#!/usr/bin/env bash
# polars 2.1.0 reads years of two digits otherwise than pandas 3.1.1, pyarrow 26.0.1 and Python's own strptime do:
#
# 1. `%y` turns at 70: '01/02/69' is 2069 in polars, 1969 in the three others (POSIX.1-2008: 69 to 99 are 1969 to 1999).
#    A column that one of them wrote and another reads moves by a century in one year of a hundred, without a word.
# 2. `%Y` takes two digits for the year itself: '31/01/24' with '%d/%m/%Y' is the 31st of January of the year 24 in
#    polars and in pyarrow, and an error in pandas and in Python. With strict=False, as one tries forms on a column of
#    unknown dates, nothing fails: all rows are read, and ordered by them a table of 2023 and 2024 has two years in which
#    no day of the week is right.
#
# Exits with 0 where both are as described, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check polars==2.1.0 pandas==3.1.1 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from datetime import datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

print(f"Python {sys.version.split()[0]}, polars {pl.__version__}, pandas {pd.__version__}, pyarrow {pa.__version__}")

READERS = {
    "polars": lambda text, form: pl.Series([text]).str.to_date(form)[0].year,
    "pyarrow": lambda text, form: pc.strptime(pa.array([text]), format=form, unit="s")[0].as_py().year,
    "pandas": lambda text, form: pd.to_datetime(text, format=form).year,
    "Python": lambda text, form: datetime.strptime(text, form).year,
}


def year(reader: str, text: str, form: str) -> int | str:
    try:
        return READERS[reader](text, form)
    except ValueError:
        return "an error"


seen = {}
for text, form in (("01/02/68", "%d/%m/%y"), ("01/02/69", "%d/%m/%y"), ("31/01/24", "%d/%m/%Y")):
    found = seen[text] = {reader: year(reader, text, form) for reader in READERS}
    print(f"{text} as {form}: " + ", ".join(f"{reader} {value}" for reader, value in found.items()))

expected = {
    "01/02/68": {"polars": 2068, "pyarrow": 2068, "pandas": 2068, "Python": 2068},
    "01/02/69": {"polars": 2069, "pyarrow": 1969, "pandas": 1969, "Python": 1969},
    "31/01/24": {"polars": 24, "pyarrow": 24, "pandas": "an error", "Python": "an error"},
}
sys.exit(seen != expected)
PYTHON
