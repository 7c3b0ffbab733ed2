"""What is asked of the machine: losses, penalties, constraints."""

from __future__ import annotations

from isinglass.objective.objective import Objective as Objective
from isinglass.objective.objective import build as build
