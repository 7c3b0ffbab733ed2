"""A fitted model as its user meets it."""

from isinglass.data.rows import Rows as Rows
from isinglass.model.model import Model as Model
from isinglass.model.predicted import Prediction as Prediction
from isinglass.model.predicted_maps import MapPrediction as MapPrediction
from isinglass.model.scoring import unseen_answers as unseen_answers
from isinglass.model.subject import Sample as Sample
