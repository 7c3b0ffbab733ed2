"""A fitted model as its user meets it."""

from isinglass.model.asking import score_of as score_of
from isinglass.model.asking import unseen_answers as unseen_answers
from isinglass.model.model import Model as Model
from isinglass.model.model import Sample as Sample
from isinglass.model.predicted import Prediction as Prediction
from isinglass.model.reading import Rows as Rows
