# clip_grad_norm(parameters, max_norm=1.0) -> float
def clip_grad_norm(parameters, max_norm=1.0):
    squares = [np.sum(p.grad**2) for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(squares)))
    if norm > max_norm:
        factor = max_norm / norm
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad * factor
    return norm
