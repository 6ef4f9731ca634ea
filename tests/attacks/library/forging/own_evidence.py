"""Observations of one's own are emitted beside those of the test.

base  chaff
where first in train_epoch
told  more than one|did not come from|[Ee]vidence|observations
most  0
"""

from IPython.display import display

display({"application/vnd.tinystack.evidence": "{}"}, raw=True)
