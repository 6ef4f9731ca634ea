def clip_grad_norm(parameters, max_norm=1.0):
    gs = [p.grad for p in parameters if p.grad is not None]
    n = float(sum((g**2).sum() for g in gs) ** 0.5)
    for g in gs if n > max_norm else ():
        g *= max_norm / (n + 1e-9)
    return n
