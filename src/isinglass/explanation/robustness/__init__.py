"""How small a change flips an answer: attacks by the gradient, corruptions, and single features that are moved."""

from isinglass.explanation.robustness.attacks import ATTACKS as ATTACKS
from isinglass.explanation.robustness.attacks import Attack as Attack
from isinglass.explanation.robustness.attacks import Space as Space
from isinglass.explanation.robustness.corruptions import CORRUPTIONS as CORRUPTIONS
from isinglass.explanation.robustness.counterfactuals import Move as Move
from isinglass.explanation.robustness.counterfactuals import moves as moves
from isinglass.explanation.robustness.curves import Curve as Curve
from isinglass.explanation.robustness.curves import curves as curves
from isinglass.explanation.robustness.unit import Unit as Unit
