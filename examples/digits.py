"""Which digit? Networks of images beside nearest neighbours and the classics of image recognition.

    python examples/digits.py [--small]

Real handwriting, 1,797 digits of 8x8 pixels that scikit-learn brings along. The report shows which images were read
wrongly with the greatest confidence, and what the first layer looks for.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

import isinglass as ig

SMALL = {"learning.members": 2, "learning.epochs": 10, "evaluation.bootstrap": 100, "evaluation.baselines": ["mean"]}

images, classes = load_digits(return_X_y=True)
Path("out").mkdir(exist_ok=True)
pixels = (images.reshape(-1, 1, 8, 8) * 255 / 16).round().astype(np.uint8)
np.savez("out/digits.npz", images=pixels, labels=classes)
recipe = ig.Recipe.from_file(Path(__file__).with_suffix(".toml"))
model = ig.fit(recipe, out="out/digits", overwrite=True, settings=SMALL if "--small" in sys.argv else None)
for method in model.findings.methods:
    accuracy = method.values["accuracy"]
    print(f"{method.name:<44} accuracy {accuracy.value:.3f} ({accuracy.low:.3f} to {accuracy.high:.3f})")
print(model.findings.verdict)
print("the report: out/digits/report.html")
