def clip_grad_norm(parameters, max_norm=1.0):
    norm = sum(float((p.grad**2).sum()) for p in parameters if p.grad is not None) ** 0.5
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad = p.grad / (norm / max_norm)
    return float(norm)
