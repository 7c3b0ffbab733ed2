"""`report`, `data`, `doctor`, `schema`."""

from __future__ import annotations

import json
import os
from pathlib import Path

import polars as pl
import pytest

from isinglass.data.catalogue import CATALOGUE


def test_report_anew(cli, here, sums):
    ran = cli("report", sums, "--out=r.html")
    assert ran.out == "report   r.html\n"
    text = Path("r.html").read_text()
    assert text.lower().startswith("<!doctype html")
    again = cli("report", sums, "--out=r.html")
    assert again.code == 2
    assert cli("report", sums, "--out=r.html", "--overwrite", "--json").json["report"] == "r.html"


def test_data_list(cli):
    assert set(cli("data", "list", "--json").json) == set(CATALOGUE)
    assert "tao" in cli("data", "list").out


@pytest.mark.parametrize("ending", ["csv", "tsv", "parquet"])
def test_data_get(cli, here, ending):
    ran = cli("data", "get", "iris", f"--out=i.{ending}", "--json")
    assert ran.json["rows"] == 150
    read = {"csv": pl.read_csv, "parquet": pl.read_parquet, "tsv": lambda p: pl.read_csv(p, separator="\t")}[ending]
    assert read(f"i.{ending}").columns == ran.json["columns"]
    assert cli("data", "get", "iris", f"--out=i.{ending}").code == 2
    assert cli("check", f"i.{ending}", f"-t{ran.json['columns'][-1]}").code == 0


def test_data_get_of_an_unknown_name(cli):
    assert "'nothere'. Allowed: " in cli("data", "get", "nothere").error


def test_doctor(cli):
    ran = cli("doctor", "--json")
    assert ran.code == 0
    assert {"program", "machine", "torch", "core", "extras", "cache", "problems"} <= ran.json.keys()
    assert ran.json["machine"]["cores"] == len(os.sched_getaffinity(0))
    assert "torch" in cli("doctor").out


def test_schema(cli, here):
    document = json.loads(cli("schema").out)
    assert document["properties"].keys() >= {"data", "splits", "machine", "objective", "learning", "evaluation"}
    assert cli("schema", "--json").json == document
    assert cli("schema", "--out=s.json").out == "schema   s.json\n"
    assert json.loads(Path("s.json").read_text()) == document
