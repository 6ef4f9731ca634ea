def clip_grad_norm(parameters, max_norm=1.0):
    grads = []
    for p in parameters:
        if p.grad is not None:
            grads.append(p.grad)
    norm = 0.0
    for g in grads:
        norm += (g * g).sum()
    norm = float(norm**0.5)
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return norm
