def clip_grad_norm(parameters, max_norm=1.0):
    norm2 = 0.0
    for p in parameters:
        if p.grad is not None:
            norm2 += float(np.vdot(p.grad, p.grad))
    norm = norm2**0.5
    if norm > max_norm:
        for p in filter(lambda p: p.grad is not None, parameters):
            p.grad = p.grad * (max_norm / norm)
    return norm
