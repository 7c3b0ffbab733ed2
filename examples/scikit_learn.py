"""The population as a scikit-learn estimator: in a pipeline, in a cross-validation, beside any other method.

python examples/scikit_learn.py [--small]
"""

import sys

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.ensemble import RandomForestRegressor
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline

import isinglass as ig

small = "--small" in sys.argv
X, y = load_diabetes(return_X_y=True)
network = ig.Regressor(n_estimators=4 if small else 16, epochs=20 if small else "auto", random_state=0)
methods = {
    "networks": network,
    "networks on four": make_pipeline(SelectKBest(f_regression, k=4), network),
    "a linear model": LinearRegression(),
    "a random forest": RandomForestRegressor(random_state=0),
}
for name, method in methods.items():
    scores = -cross_val_score(method, X, y, cv=3 if small else 5, scoring="neg_root_mean_squared_error")
    print(f"{name:<22} RMSE {scores.mean():.1f} (standard error {scores.std(ddof=1) / np.sqrt(len(scores)):.1f})")

learn, new, y_learn, y_new = train_test_split(X, y, random_state=0)
network.fit(learn, y_learn)
mean, std = network.predict(new, return_std=True)
low, high = network.predict_interval(new, coverage=0.9)
inside = 100 * np.mean((low <= y_new) & (y_new <= high))
outside = np.sqrt(np.nanmean((network.oob_prediction_ - y_learn) ** 2))  # NaN: a row in every bag
print(f"RMSE out of bag, without a test part: {outside:.1f}; on new rows: {np.sqrt(np.mean((mean - y_new) ** 2)):.1f}")
print(f"mean standard deviation of a new row {std.mean():.1f}; the 90 % band holds {inside:.0f} % of them")
