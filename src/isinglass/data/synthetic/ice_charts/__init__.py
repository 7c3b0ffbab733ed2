"""Ice charts whose truth is known, in the form of the AI4Arctic data set: 24 channels, three masks.

Each scene has a field of ice cover that rises from open sea into the pack (`geography`), cut into polygons as an
analyst would do it. Each polygon gets a line of codes (`polygons`); within it floes are drawn so that the true cover
of every kind of ice is what the line says, on average (`floes`). From the true kind of ice of each pixel follow the
measurements (`channels`): backscatter with speckle and its fall with the incidence angle (`radar`), brightness
temperatures of 14 channels seen through footprints of their own size (`radiometer`), and `weather`. The masks hold
what the chart says: the polygons' classes, 255 on land and where no kind dominates. So the labels are as coarse as
real ones, and `truth` says what is really there (`scene`). `charts` makes many scenes and says which are for
training.

Plausible, not measured: brightness temperatures at 19 and 37 GHz are the tie points of Cavalieri et al. (1999),
doi:10.1029/1999JC900081; all other constants are round numbers in their order, chosen so that means and spreads of the
channels are near those of AI4Arctic. A score on these scenes says that a method works, not how well it would do on the
real ones. Names and order of channels: Buus-Hinkler et al. (2022), doi:10.11583/DTU.c.6244065.
"""

from __future__ import annotations

from isinglass.data.synthetic.ice_charts.charts import SCENES as SCENES
from isinglass.data.synthetic.ice_charts.charts import SIZE as SIZE
from isinglass.data.synthetic.ice_charts.charts import Charts as Charts
from isinglass.data.synthetic.ice_charts.charts import make_charts as make_charts
from isinglass.data.synthetic.ice_charts.scene import Scene as Scene
from isinglass.data.synthetic.ice_charts.scene import make_scene as make_scene
