#!/usr/bin/env bash
# A column of pandas' declared type `category` whose names are whole numbers (1 = forest, 3 = water):
#
# 1. Through Parquet it comes back as plain int64, in pandas itself and in polars, without a word; a category of texts
#    beside it stays one. The file knows better: the metadata that pandas writes beside the columns say "categorical".
# 2. Through Feather pandas gets its category back, and polars reads Int64.
#
# So 'is 3 a name or an amount?' depends on the file format and on who reads it. Seen with pandas 3.1.1, polars 2.1.0,
# pyarrow 26.0.1. Exits with 0 where both are as described, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1
"$folder/venv/bin/python" - "$folder" <<'PYTHON'
import json
import sys

import pandas as pd
import polars as pl
import pyarrow as pa

print(f"Python {sys.version.split()[0]}, pandas {pd.__version__}, polars {pl.__version__}, pyarrow {pa.__version__}")
parquet, feather = f"{sys.argv[1]}/t.parquet", f"{sys.argv[1]}/t.feather"
table = pd.DataFrame({"cover": [1, 3, 1, 2], "name": ["a", "b", "a", "c"]}).astype("category")
table.to_parquet(parquet)
table.to_feather(feather)

written = json.loads(pl.read_parquet_metadata(parquet)["pandas"])["columns"]
seen = {
    "written beside the columns": {c["name"]: c["pandas_type"] for c in written if c["name"]},
    "Parquet, pandas": {k: str(v) for k, v in pd.read_parquet(parquet).dtypes.items()},
    "Parquet, polars": {k: str(v) for k, v in pl.read_parquet(parquet).schema.items()},
    "Feather, pandas": {k: str(v) for k, v in pd.read_feather(feather).dtypes.items()},
    "Feather, polars": {k: str(v) for k, v in pl.read_ipc(feather).schema.items()},
}
for where, types in seen.items():
    print(f"{where}: {types}")

expected = {
    "written beside the columns": {"cover": "categorical", "name": "categorical"},
    "Parquet, pandas": {"cover": "int64", "name": "category"},
    "Parquet, polars": {"cover": "Int64", "name": "Categorical"},
    "Feather, pandas": {"cover": "category", "name": "category"},
    "Feather, polars": {"cover": "Int64", "name": "Categorical"},
}
sys.exit(seen != expected)
PYTHON
