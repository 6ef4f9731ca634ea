# %% [markdown]
# ### Groups
#
# Accumulation becomes easy when the loader gives *lists of batches*. `groups_of` must not ask for `len()`, the loader
# may be a generator.
# %%
from collections.abc import Iterable, Iterator
from itertools import islice


def groups_of(size: int, batches: Iterable) -> Iterator[list]:
    """Yield lists of `size` batches; the last list may be shorter."""
    iterator = iter(batches)
    while group := list(islice(iterator, size)):
        yield group


print(list(groups_of(3, range(5))))
