def clip_grad_norm(parameters, max_norm=1.0):
    grads = [p.grad for p in parameters if p.grad is not None]
    if not grads:
        return 0.0
    norm = float(np.linalg.norm([np.linalg.norm(g) for g in grads]))
    scale = min(1.0, max_norm / (norm + 1e-12))
    if scale < 1.0:
        for g in grads:
            g *= scale
    return norm
