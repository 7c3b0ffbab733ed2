"""isinglass: neural networks that you can see through.

    import isinglass as ig

    model = ig.fit("tao", target="Humidity", group="location")
    prediction = model.predict(new_rows)          # .mean, .std, .interval(0.9), .novelty, .to_frame()
    model.report("report.html")

The names below are loaded when they are first used: `import isinglass` itself loads neither torch nor
scikit-learn nor polars.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers know it; the module `typing` takes as long to load as Python itself

if TYPE_CHECKING:
    from typing import Any

    from isinglass.data.tables.sources.table import read_table as read_table
    from isinglass.errors import IsinglassError as IsinglassError
    from isinglass.errors import StudyWarning as StudyWarning
    from isinglass.estimators import Classifier as Classifier
    from isinglass.estimators import Regressor as Regressor
    from isinglass.machine.newton import newton as newton
    from isinglass.model import Model as Model
    from isinglass.model import Prediction as Prediction
    from isinglass.recipe import Recipe as Recipe
    from isinglass.workbench import fit as fit
    from isinglass.workbench import load as load
    from isinglass.workbench import select as select

    __version__: str

_HOMES = {
    "Classifier": "estimators",
    "IsinglassError": "errors",
    "Model": "model",
    "Prediction": "model",
    "Recipe": "recipe",
    "Regressor": "estimators",
    "StudyWarning": "errors",
    "fit": "workbench",
    "load": "workbench",
    "newton": "machine.newton",
    "read_table": "data.tables.sources.table",
    "select": "workbench",
}

__all__ = [
    "Classifier",
    "IsinglassError",
    "Model",
    "Prediction",
    "Recipe",
    "Regressor",
    "StudyWarning",
    "__version__",
    "fit",
    "load",
    "newton",
    "read_table",
    "select",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        value: Any = version("isinglass")
    elif name in _HOMES:
        from importlib import import_module

        value = getattr(import_module(f"isinglass.{_HOMES[name]}"), name)
    else:
        raise AttributeError(f"module 'isinglass' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
