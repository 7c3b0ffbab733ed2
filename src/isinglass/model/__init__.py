"""A fitted model as its user meets it."""

from isinglass.model.model import Model as Model
from isinglass.model.model import Sample as Sample
from isinglass.model.predicted import Prediction as Prediction
from isinglass.model.readers import Rows as Rows
from isinglass.model.scoring import score_of as score_of
from isinglass.model.scoring import unseen_answers as unseen_answers
