def global_norm(gradients: list[np.ndarray]) -> float:
    """Length of all gradients laid end to end."""
    if not gradients:
        return 0.0
    return float(np.linalg.norm(np.concatenate([gradient.ravel() for gradient in gradients])))


def clip_grad_norm(parameters: list[Tensor], max_norm: float = 1.0) -> float:
    with_gradient = [p for p in parameters if p.grad is not None]
    norm = global_norm([p.grad for p in with_gradient])
    if norm > max_norm:
        for p in with_gradient:
            p.grad = p.grad * (max_norm / norm)
    return norm


# %% [markdown]
# **Note to self.** `np.linalg.norm` of one matrix is already the Frobenius norm, but the norm of the *norms* is only
# right if I square them again. Concatenating is slower and impossible to get wrong.
