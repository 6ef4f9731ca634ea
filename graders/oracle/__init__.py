"""An independent oracle: what a correct training run computes, in plain numpy from the published formulas.

It imports numpy alone, nothing of tinystack and nothing of graders, so that the reference solution and the
stack under it can be held against something that shares no line with them.
Nothing grades with it; the tests do.

losses         mean losses and their gradients
models         a linear model and a network with one hidden layer: outputs, and gradients by the chain rule
normalisation  batch normalisation: running statistics, outputs, gradients
optimizers     SGD with momentum and weight decay, AdamW
schedules      the cosine schedule
clipping       clipping by the global norm
groups         which batches an update uses, and how heavily, when gradients are accumulated
training       whole runs: the parameters after each update, and the mean loss of each epoch
metrics        accuracy

Dropout is left out on purpose: its numbers depend on how a stack draws them, so no formula gives them.
"""
