def clip_grad_norm(parameters, max_norm=1.0):
    total = 0
    for param in parameters:
        if param.grad is None:
            continue
        total = total + float((param.grad**2).sum())
    norm = math.sqrt(total)
    if norm <= max_norm:
        return norm
    for param in parameters:
        if param.grad is not None:
            param.grad = param.grad * max_norm / norm
    return norm
