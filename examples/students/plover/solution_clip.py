def clip_grad_norm(parameters, max_norm=1.0):
    have = [p for p in parameters if p.grad is not None]
    norm = np.sqrt(sum(np.square(p.grad).sum() for p in have))
    if norm > max_norm:
        for p in have:
            p.grad *= max_norm / norm
    return float(norm)
