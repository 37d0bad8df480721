"""The loops of the homework as students write them, right or wrong."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor, nn, optim

from losslab.training.trainer.criterion_goal import Criterion
from losslab.training.trainer.forward import use_eval_mode
from losslab.training.trainer.progress import show_progress
from losslab.training.trainer.source import Data, Source, build_source


@dataclass(frozen=True, kw_only=True)
class Homework:
    """A model, a criterion and an optimizer, taken as they are.

    Losses are means over batches, so that a small last batch counts as much as any other.
    """

    model: nn.Module
    criterion: Criterion
    optimizer: optim.Optimizer

    def each_epoch(self, data: Data, num_epochs: int) -> Iterator[float]:
        """Train, and yield the loss of each epoch as it ends."""
        source = _plain(data)
        with show_progress(num_epochs, source.n_batches, True, word="Epoch") as bar:
            for epoch in range(1, num_epochs + 1):
                bar.start(epoch)
                self.model.train()
                losses: list[float] = []
                for inputs, labels in source.batches():
                    self.optimizer.zero_grad()
                    loss = self.criterion(self.model(inputs), labels)
                    loss.backward()
                    self.optimizer.step()
                    losses.append(loss.item())
                    bar.advance(sum(losses) / len(losses))
                yield sum(losses) / len(losses)

    def evaluate(self, data: Data) -> tuple[float, float]:
        """Return the loss and the share of labels that equal the arg-max over axis 1.

        Over one column the arg-max is always 0, and a column of labels is compared with all rows.
        """
        losses: list[float] = []
        right, rows = 0, 0
        with use_eval_mode(self.model):
            for inputs, labels in _plain(data).batches():
                outputs = self.model(inputs)
                losses.append(self.criterion(outputs, labels).item())
                right += int((outputs.argmax(1) == _classes(outputs, labels)).sum())
                rows += len(labels)
        return sum(losses) / len(losses), right / rows


def _classes(outputs: Tensor, labels: Tensor) -> Tensor:
    """One-hot labels as classes; without this, nobody could compare them with an arg-max."""
    several = labels.ndim > 1 and labels.shape == outputs.shape and labels.shape[1] > 1
    return labels.argmax(1) if several else labels


def _plain(data: Data) -> Source:
    return build_source(data, batch_size=32, seed=0, pairs=False, unchecked=True)
