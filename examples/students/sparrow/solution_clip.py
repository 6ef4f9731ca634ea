def clip_grad_norm(parameters, max_norm=1.0):
    parameters = [p for p in parameters if p.grad is not None]
    flat = np.hstack([np.zeros(0)] + [p.grad.flatten() for p in parameters])
    norm = float(np.sqrt(flat @ flat))
    if norm > max_norm:
        for p in parameters:
            p.grad = p.grad * (max_norm / norm)
    return norm
