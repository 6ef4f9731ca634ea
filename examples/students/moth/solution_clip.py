def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum((g**2).sum() for g in grads)))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm
