def clip_grad_norm(parameters, max_norm=1.0):
    norm = 0.0
    for p in parameters:
        if p.grad is not None:
            norm += np.sum(p.grad**2)
    norm = float(np.sqrt(norm))
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad *= max_norm / norm
    return norm
