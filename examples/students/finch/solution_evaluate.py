@method_of(Trainer)
def evaluate(self, dataloader):
    """Evaluate model without updating parameters."""
    self.model.eval()
    total_loss = 0.0
    num_batches = 0
    correct = 0
    total = 0

    for inputs, targets in dataloader:
        outputs = self.model(inputs)
        total_loss += self.loss_fn(outputs, targets).item()
        num_batches += 1
        total += len(outputs.data)

        # Multi-class only
        if len(outputs.data.shape) > 1 and outputs.data.shape[1] > 1:
            predictions = np.argmax(outputs.data, axis=1)
            if len(targets.data.shape) == 1:  # integer targets
                correct += np.sum(predictions == targets.data)
            elif set(np.unique(targets.data)) <= {0, 1} and np.all(np.sum(targets.data, axis=1) == 1):  # one-hot
                correct += np.sum(predictions == np.argmax(targets.data, axis=1))

    avg_loss = total_loss / num_batches
    accuracy = float(correct / total)
    self.history["eval_loss"].append(avg_loss)
    return avg_loss, accuracy
