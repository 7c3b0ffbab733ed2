"""Generated ice charts as a data set: three masks a scene, official parts."""

from __future__ import annotations

import numpy as np

from isinglass.data.dataset import Dataset
from isinglass.data.fingerprints import fingerprint, image_ids
from isinglass.data.synthetic.ice_charts import SCENES, SIZE, make_charts

NAME = "ice_charts"
NOTES = ("Generated: plausible, not measured. The masks are the charts' polygons, coarser than the true ice.",)


def load_ice_charts(*, scenes: int = SCENES, size: int = SIZE, seed: int = 0) -> Dataset:
    """Scenes of `size` x `size` pixels with 24 channels and the masks SIC, SOD and FLOE; the last quarter is the test
    part (see `sources.ice_charts`)."""
    charts = make_charts(scenes=scenes, size=size, seed=seed)
    arrays = {"inputs": charts.inputs, "targets": charts.masks, "weights": np.ones(scenes)}
    return Dataset(
        **arrays,
        schema=charts.schema,
        coords={"part": charts.part},
        ids=image_ids(charts.inputs),
        name=NAME,
        fingerprint=fingerprint({**arrays, "part": charts.part}, charts.schema.to_json()),
        notes=NOTES,
        files=charts.files,
    )
