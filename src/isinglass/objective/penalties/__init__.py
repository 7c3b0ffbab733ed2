"""Penalties by name: regularisers of weights, each with its analytic gradient."""

from __future__ import annotations

from isinglass.objective.penalties.norms import L1, L2, ElasticNet, L2Length
from isinglass.objective.penalties.penalty import Penalty as Penalty

PENALTIES: dict[str, Penalty] = {"l1": L1(), "l2": L2(), "l2_length": L2Length(), "elastic_net": ElasticNet()}
