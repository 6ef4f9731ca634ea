# %% [markdown]
# ### My plan
#
# 1. Pure functions first (schedule, norm), because they are easy to check by hand.
# 2. Then the loop *without* accumulation, clipping and schedule.
# 3. Then one extra per evening.
