"""How well does humidity follow from temperatures and wind, at a buoy-year that the networks have never seen?

python examples/humidity.py [--small]
"""

import sys
from pathlib import Path

import isinglass as ig

SMALL = {"learning.members": 2, "learning.epochs": 10, "evaluation.bootstrap": 100}

recipe = ig.Recipe.from_file(Path(__file__).with_suffix(".toml"))
model = ig.fit(recipe, out="out/humidity", overwrite=True, settings=SMALL if "--small" in sys.argv else None)

for method in model.findings.methods:
    rmse = method.values["rmse"]
    print(f"{method.name:<24} RMSE {rmse.value:.2f} % ({rmse.low:.2f} to {rmse.high:.2f})")
print(model.findings.verdict)

# Two days: one like those that were learnt from, and one that no ocean has.
days = {"Sea.Surface.Temp": [27.5, 45.0], "Air.Temp": [26.5, 10.0], "UWind": [-4.0, 30.0], "VWind": [2.0, 30.0]}
prediction = model.predict(days)
low, high = prediction.interval(0.9)
for row, name in enumerate(("an ordinary day", "an impossible one")):
    print(
        f"{name}: {prediction.mean[row]:.1f} % (90 % band {low[row]:.1f} to {high[row]:.1f}), "
        f"noise {prediction.noise[row]:.1f}, ignorance {prediction.ignorance[row]:.1f}, "
        f"novelty {prediction.novelty[row]:.1f}"
    )
print("the report: out/humidity/report.html")
