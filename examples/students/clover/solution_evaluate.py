def right_answers(scores, answers):
    """How many rows of scores have their maximum at the right answer."""
    if scores.ndim < 2 or scores.shape[1] == 1:
        return 0
    if answers.ndim == 2:
        ones = (answers == 1).sum(axis=1)
        zeros = (answers == 0).sum(axis=1)
        if not ((ones == 1) & (zeros == answers.shape[1] - 1)).all():
            return 0
        answers = answers.argmax(axis=1)
    return int((scores.argmax(axis=1) == answers).sum())


@method_of(Trainer)
def evaluate(self, dataloader):
    self.model.eval()
    total, n, right, samples = 0.0, 0, 0, 0
    for x, y in dataloader:
        scores = self.model(x)
        total += float(self.loss_fn(scores, y))
        n += 1
        right += right_answers(scores.data, y.data)
        samples += scores.shape[0]
    self.model.train()
    self.history["eval_loss"].append(total / n)
    return total / n, right / samples
