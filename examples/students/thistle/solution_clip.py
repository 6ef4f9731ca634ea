def clip_grad_norm(parameters, max_norm=1.0):
    sum_of_squares = 0.0
    for p in parameters:
        if p.grad is not None:
            for g in p.grad.flat:
                sum_of_squares += float(g) ** 2
    norm = sum_of_squares**0.5
    if norm > max_norm:
        for p in parameters:
            if p.grad is not None:
                p.grad[...] = p.grad / norm * max_norm
    return norm
