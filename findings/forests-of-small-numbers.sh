#!/usr/bin/env bash
# A random forest of scikit-learn depends on the unit: of inputs, of targets, and without a word.
#
# scikit-learn 1.9.1 takes two values of an input that differ by 1e-7 or less for equal (FEATURE_THRESHOLD, an absolute
# number) and stops dividing where the variance of the target is below 2.2e-16 (EPSILON, absolute too). The same table
# therefore gives R2 0.9 and more in one unit and R2 0 in another: with inputs of about 1e-8 (mol/L, metres for
# nanometres) or targets of about 1e-11 (fluxes, permittivities) every prediction is the mean.
# HistGradientBoostingRegressor has no trouble with such inputs. Trees are commonly said not to need scaling; this is where they do.
#
# Exits with 0 where this is as described, else with 1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'PYTHON'
import sys

import numpy as np
import sklearn
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor

print(f"scikit-learn {sklearn.__version__}")
generator = np.random.default_rng(0)
x = generator.normal(size=(600, 3))
y = 2 * x[:, 0] + x[:, 1] + 0.1 * generator.normal(size=600)


def r2(method, inputs, target):
    method.fit(inputs[:400], target[:400])
    return method.score(inputs[400:], target[400:])


def forest():
    return RandomForestRegressor(50, random_state=0)


found = {
    "forest": r2(forest(), x, y),
    "forest, inputs times 1e-8": r2(forest(), 1e-8 * x, y),
    "forest, target times 1e-11": r2(forest(), x, 1e-11 * y),
    "boosting, inputs times 1e-8": r2(HistGradientBoostingRegressor(random_state=0), 1e-8 * x, y),
}
for name, value in found.items():
    print(f"{name}: R2 {value:.3f}")
good, small_inputs, small_target, boosting = found.values()
sys.exit(0 if good > 0.9 and boosting > 0.9 and small_inputs < 0.1 and small_target < 0.1 else 1)
PYTHON
