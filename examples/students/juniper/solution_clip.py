def clip_grad_norm(parameters, max_norm = 1.0):
    norms = []
    for p in parameters:
        if p.grad is None:
            continue
        norm = np.sqrt(np.sum(p.grad ** 2))
        norms.append(norm)
        if norm > max_norm:
            p.grad = p.grad * (max_norm / norm)
    # total norm for the return value
    return float(np.sqrt(sum(n ** 2 for n in norms)))
