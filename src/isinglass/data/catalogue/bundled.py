"""Tables that come with this package and with scikit-learn."""

from __future__ import annotations

from typing import Any

from isinglass.data.catalogue import sklearn_sets
from isinglass.data.catalogue.entry import Entry
from isinglass.data.catalogue.tao import open_tao

SCIKIT_LEARN = "BSD-3-Clause (as distributed with scikit-learn)"


def _bundled(name: str, title: str, origin: str, **defaults: Any) -> Entry:
    target = (sklearn_sets.TARGETS[name],)
    return Entry(title, origin, SCIKIT_LEARN, sklearn_sets.opener(name), {"target": target, **defaults})


BUNDLED: dict[str, Entry] = {
    "tao": Entry(
        title="near-surface humidity, temperatures and wind at equatorial Pacific buoys: 736 days of eight buoy-years",
        origin="NOAA/PMEL, Tropical Atmosphere Ocean project, https://www.pmel.noaa.gov/gtmba/",
        licence="public domain (US government)",
        open=open_tao,
        defaults={
            "target": ("Humidity",),
            "group": "location",
            "latitude": "Latitude",
            "longitude": "Longitude",
            "drop": ("Year",),
            "units": {
                "Sea.Surface.Temp": "degC",
                "Air.Temp": "degC",
                "Humidity": "%",
                "UWind": "m/s",
                "VWind": "m/s",
                "Latitude": "degrees",
                "Longitude": "degrees",
            },
        },
    ),
    "diabetes": _bundled(
        "diabetes",
        "disease progression after a year of 442 patients, from ten measurements",
        "Efron, Hastie, Johnstone, Tibshirani 2004, doi:10.1214/009053604000000067",
        kinds={"sex": "categorical"},
    ),
    "iris": _bundled(
        "iris", "three species of iris, 150 flowers", "Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x"
    ),
    "wine": _bundled("wine", "three cultivars of Italian wine, 178 analyses", "UCI, doi:10.24432/C5PC7J"),
    "breast_cancer": _bundled(
        "breast_cancer", "malignant or benign, 569 images of cell nuclei", "UCI, doi:10.24432/C5DW2B"
    ),
    "digits": _bundled(
        "digits",
        "handwritten digits, 1,797 images of 8 x 8",
        "UCI, doi:10.24432/C50P49",
        kinds={"digit": "categorical"},
    ),
}
