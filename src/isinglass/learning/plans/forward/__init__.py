"""Answers without learning: what a prediction needs of the plans, and nothing of training."""

from __future__ import annotations

import torch

from isinglass.learning.network import Network
from isinglass.learning.plans.forward.compiled import CompiledForward, is_warm
from isinglass.learning.plans.forward.contract import Forward as Forward
from isinglass.learning.plans.forward.looped import LoopedForward
from isinglass.learning.plans.forward.placed import PlacedForward
from isinglass.learning.plans.forward.scaler import Scaler as Scaler
from isinglass.learning.plans.forward.stacked import StackedForward
from isinglass.learning.plans.forward.vmapped import VmappedForward
from isinglass.learning.plans.plan import Tuning
from isinglass.learning.plans.threads import available

FORWARDS: dict[str, type[Forward]] = {
    "compiled": CompiledForward,
    "stacked": StackedForward,
    "vmapped": VmappedForward,
    "looped": LoopedForward,
}
"""The quickest first."""


def for_prediction(network: Network, devices: tuple[str, ...] = ()) -> Forward:
    """The quickest way to answer that can run a machine here and now: the same for a model just trained and for one
    read from a file, so that both answer to the bit alike; but images are shown to the devices of the training, which a
    model from a file knows nothing of."""
    order = [name for name in FORWARDS if name != "compiled" or is_warm(network.dtype)]
    kind = next(FORWARDS[name] for name in order if FORWARDS[name].obstacle(network) is None)
    precision = "float64" if network.dtype is torch.float64 else "float32"
    devices = devices if not network.view.spec.flat else ()
    tuning = Tuning(threads=available(), precision=precision, devices=devices)
    return PlacedForward(network, tuning, kind) if devices else kind(network, tuning)
