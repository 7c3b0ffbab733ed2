"""Ice charts from satellites: three masks at once, and a scene sixteen times as large as those that were learnt from.

    python examples/sea_ice.py [--small]

The charts are made, so the truth is known: they have the form of the AI4Arctic data set (24 channels; concentration,
stage of development and floe size in polygons), and what a chart cannot show, every single floe, is known as well.
"""

import sys
from pathlib import Path

import isinglass as ig
from isinglass.data.synthetic.ice_charts import make_scene
from isinglass.evaluation.metrics import METRICS
from isinglass.evaluation.outcome import maps
from isinglass.evaluation.pixels import confusion_of
from isinglass.evaluation.report.masks import predicted_of
from isinglass.inference.tiling import Tiling, predict_scene, segmenting

SMALL = {
    "machine.filters": [8, 16],
    "learning.members": 2,
    "learning.epochs": 2,
    "evaluation.bootstrap": 100,
    "evaluation.baselines": "none",
}
HEADS, CLASSES = ("SIC", "SOD", "FLOE"), (11, 6, 7)
SCORES = ("sea_ice", "sic_r2", "sod_f1", "floe_f1", "mean_iou")

small = "--small" in sys.argv
recipe = ig.Recipe.from_file(Path(__file__).with_suffix(".toml"))
model = ig.fit(recipe, out="out/sea_ice", overwrite=True, settings=SMALL if small else None)

print("on charts never seen" + " " * 43 + "".join(f"{name:>10}" for name in SCORES))
for method in model.findings.methods:
    print(f"{method.name:<63}" + "".join(f"{method.values[name].value:10.2f}" for name in SCORES))
print(model.findings.verdict)

# One large scene, tile by tile. The networks were shown 64 x 64 pixels; neighbouring tiles share 32 of them.
scene = make_scene(128 if small else 256, seed=1000)
tiling = Tiling(size=64, overlap=32, align=8)
probabilities = predict_scene(segmenting(model.ensemble), scene.inputs, tiling)
predicted = predicted_of(probabilities[None], CLASSES)
outcome = maps(confusion_of(scene.masks[None], predicted, CLASSES), heads=HEADS)
print(f"a scene of {scene.inputs.shape[1]} pixels: " + ", ".join(f"{n} {METRICS[n](outcome):.2f}" for n in SCORES))

# What no chart tells: is there ice at this very pixel?
known = scene.truth != 255
water = probabilities[11]  # the second mask's first class is open water
ice = scene.truth[known] > 0
right = float(((water[known] < 0.5) == ice).mean())
chart = float(((scene.masks[0][known] >= 5) == ice).mean())
print(f"ice or water at a pixel: {100 * right:.0f} % right; the chart's own polygons: {100 * chart:.0f} %")
print("the report: out/sea_ice/report.html")
