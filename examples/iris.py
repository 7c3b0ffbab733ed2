"""Which species? Petal widths were only judged by eye, and every third petal length is missing.

    python examples/iris.py [--small]

Fisher's iris table with one number made a category and gaps cut into another: probabilities must become less sure
where the measurement is missing. The table `penguins` of the catalogue has gaps and categories of its own
(`isinglass fit penguins`); it is fetched from the network.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl
from sklearn.datasets import load_iris

import isinglass as ig

SMALL = {"learning.members": 2, "evaluation.bootstrap": 100, "evaluation.baselines": ["linear"]}
LENGTH = "petal length [cm]"


def flowers() -> pl.DataFrame:
    """150 flowers; a third without petal length."""
    iris = load_iris()
    sepal_length, sepal_width, petal_length, petal_width = iris.data.T
    eye = np.array(["narrow", "middling", "wide"])[np.digitize(petal_width, [0.8, 1.6])]
    known = np.random.default_rng(0).uniform(size=len(eye)) > 1 / 3
    columns = {"sepal length [cm]": sepal_length, "sepal width [cm]": sepal_width, "petal width": eye}
    lengths = pl.Series([length if k else None for length, k in zip(petal_length, known, strict=True)])
    return pl.DataFrame({**columns, LENGTH: lengths, "species": iris.target_names[iris.target].astype(str)})


table = flowers()
Path("out").mkdir(exist_ok=True)
table.write_csv("out/iris.csv")
recipe = ig.Recipe.from_file(Path(__file__).with_suffix(".toml"))
model = ig.fit(recipe, out="out/iris", overwrite=True, settings=SMALL if "--small" in sys.argv else None)
for method in model.findings.methods:
    accuracy, brier = method.values["accuracy"], method.values["brier"]
    print(f"{method.name:<24} accuracy {accuracy.value:.3f} ({accuracy.low:.3f} to {accuracy.high:.3f}), ", end="")
    print(f"Brier score {brier.value:.3f}")
print(model.findings.verdict)

# A middling flower, with its petal length, without it, and with a category that was never seen.
flower = {"sepal length [cm]": 6.0, "sepal width [cm]": 2.8, "petal width": "middling", LENGTH: 5.1}
cases = {"measured": {}, "petal length missing": {LENGTH: None}, "width never seen": {"petal width": "huge"}}
prediction = model.predict(pl.DataFrame([{**flower, **change} for change in cases.values()], infer_schema_length=None))
for row, name in enumerate(cases):
    shown = ", ".join(f"{s} {p:.2f}" for s, p in zip(model.schema.classes, prediction.probabilities[row], strict=True))
    print(f"{name:<22} {shown}; noise {prediction.noise[row]:.2f}, ignorance {prediction.ignorance[row]:.2f} nats")
