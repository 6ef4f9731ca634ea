def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = float(np.sqrt(sum(float(np.sum(g * g)) for g in grads)))
    if norm > max_norm:
        log(f"clipping {norm:.3g} to {max_norm:.3g}")
        for g in grads:
            np.multiply(g, max_norm / norm, out=g)
    elif norm == 0.0:
        warnings.warn("no gradient at all")
    return norm
