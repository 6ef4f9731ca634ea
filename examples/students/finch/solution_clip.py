def clip_grad_norm(parameters, max_norm=1.0):
    """Clip gradients by global norm."""
    total_norm = 0.0
    for param in parameters:
        if param.grad is not None:
            total_norm += np.sum(param.grad**2)
    total_norm = np.sqrt(total_norm)

    if total_norm > max_norm:
        clip_coef = max_norm / total_norm
        for param in parameters:
            if param.grad is not None:
                param.grad = param.grad * clip_coef

    return float(total_norm)
