# %%
def class_labels(targets: np.ndarray) -> np.ndarray | None:
    """Labels of shape (N,); None where the targets are no classes."""
    if targets.ndim == 1:
        return targets
    zeros_and_ones = np.isin(targets, (0, 1)).all()
    return targets.argmax(axis=1) if zeros_and_ones and (targets.sum(axis=1) == 1).all() else None


def count_hits(outputs: np.ndarray, targets: np.ndarray) -> int:
    if outputs.ndim != 2 or outputs.shape[1] < 2:
        return 0
    labels = class_labels(targets)
    return 0 if labels is None else int(np.count_nonzero(outputs.argmax(axis=1) == labels))


# the example of the lesson: one of two
print(count_hits(np.array([[2, 5, 1], [3, 0, 1]]), np.array([1, 2])))
