import json

import numpy as np
import polars as pl
import pytest

from isinglass.cli.folders import hand_over as write
from isinglass.errors import DataError, UsageError
from isinglass.inference.calibration import Calibration
from isinglass.inference.prediction import Prediction
from isinglass.model.frames import frame_of as table
from isinglass.spec import Column, Kind, Task

RNG = np.random.default_rng(0)


def regression(*names):
    shape = (4, len(names))
    return Prediction(
        task=Task.REGRESSION,
        targets=tuple(Column(name, Kind.CONTINUOUS) for name in names),
        mean=RNG.normal(size=shape),
        noise=np.full(shape, 3.0),
        ignorance=np.full(shape, 4.0),
        calibration=Calibration(),
        score_novelty=lambda: np.array([0.5, 1.5, 0.1, 0.2]),
        each_member=lambda: RNG.normal(size=(2, *shape)),
    )


def classes():
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]])
    return Prediction(
        task=Task.CLASSIFICATION,
        targets=(Column("species", Kind.CATEGORICAL, categories=("a", "b", "c")),),
        mean=probabilities.argmax(axis=1, keepdims=True).astype(float),
        noise=np.full((2, 1), 0.1),
        ignorance=np.full((2, 1), 0.2),
        calibration=Calibration(),
        probabilities=probabilities,
        each_member=lambda: np.stack([probabilities, probabilities]),
    )


def test_one_target():
    rows = table(regression("y"), coverage=0.9, members=False)
    assert rows.columns == ["row", "mean", "std", "noise", "ignorance", "low", "high", "novelty", "outside"]
    assert rows["row"].to_list() == [1, 2, 3, 4]
    np.testing.assert_allclose(rows["std"], 5.0)
    np.testing.assert_allclose(rows["high"] - rows["mean"], 5 * 1.6448536, rtol=1e-6)


def test_several_targets_carry_their_names():
    rows = table(regression("u", "v"), coverage=0.5, members=True)
    assert rows.columns[:4] == ["row", "u_mean", "u_std", "u_noise"]
    assert rows.columns[-5:] == ["outside", "u_member_1", "v_member_1", "u_member_2", "v_member_2"]


def test_classes():
    rows = table(classes(), coverage=0.9, members=True)
    assert rows["label"].to_list() == ["a", "c"]
    assert rows["probability_c"].to_list() == [0.1, 0.8]
    assert rows.columns[-6:] == [f"{name}_member_{k}" for k in (1, 2) for name in "abc"]


@pytest.mark.parametrize(
    ("ending", "read"),
    [
        ("csv", pl.read_csv),
        ("tsv", lambda path: pl.read_csv(path, separator="\t")),
        ("parquet", pl.read_parquet),
        ("feather", pl.read_ipc),
        ("json", lambda path: pl.DataFrame(json.loads(path.read_text()))),
    ],
)
def test_what_is_written_is_read_back(tmp_path, ending, read):
    rows = table(regression("y"), coverage=0.9, members=False)
    path = tmp_path / f"out.{ending}"
    write(rows, str(path))
    assert read(path).equals(rows) or np.allclose(read(path).to_numpy(), rows.to_numpy())
    assert list(tmp_path.iterdir()) == [path]


def test_standard_output(capsys):
    write(pl.DataFrame({"a": [1]}), "-")
    assert capsys.readouterr().out == "a\n1\n"


def test_unknown_ending():
    with pytest.raises(UsageError, match=r"\.csv, \.tsv"):
        write(pl.DataFrame({"a": [1]}), "out.docx")
    with pytest.raises(UsageError, match="none"):
        write(pl.DataFrame({"a": [1]}), "out")


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(DataError, match=r"out.csv: the file cannot be written: .*what was there before is intact"):
        write(pl.DataFrame({"a": [[1, 2]]}), str(path))  # CSV has no lists
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]
