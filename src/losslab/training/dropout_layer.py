"""Dropout as a module, drawn by the hash that all engines share."""

import torch
from torch import Tensor, nn

from losslab.core.errors import OptionError
from losslab.core.numbers import is_number
from losslab.training.dropout import fate, row_key, seed_word, threshold


def check_rate(rate: float) -> None:
    """Refuse what is no share, and 1, which would leave out everything."""
    if not is_number(rate) or not 0.0 <= rate < 1.0:
        raise OptionError(
            "needed dropout as a share of hidden units, from 0 to below 1",
            got=repr(rate),
            fix="dropout=0.1",
        )


class Dropout(nn.Module):
    r"""Leave units out while training, and scale the others up by as much.

    Unlike ``nn.Dropout`` it draws from no generator: which units are left out follows from the
    seed, the number of training passes so far, the layer, the row and the unit.

    Args:
        rate: the share of units left out, from 0 to below 1.
        seed: of the draws.
        layer: which hidden layer it follows, counted from 0.

    Formula
        .. math:: y_u = \frac{x_u}{1 - p}, \quad \text{or } 0 \text{ with probability } p
    Shape
        x ``(..., U)`` -> ``(..., U)``; all axes but the last count the rows
    Reference
        Srivastava and others, "Dropout: a simple way to prevent neural networks from overfitting"
        (2014).
    Example
        >>> layer = Dropout(0.5, seed=0)
        >>> layer(torch.ones(6)).unique()
        tensor([0., 2.])
        >>> layer.eval()(torch.ones(6))
        tensor([1., 1., 1., 1., 1., 1.])
    """

    def __init__(self, rate: float, seed: int, layer: int = 0) -> None:
        super().__init__()
        check_rate(rate)
        self.rate, self.seed, self.layer = rate, seed_word(seed), layer
        self.steps = 0  # training passes made so far

    def extra_repr(self) -> str:
        """What stands between the brackets when it is printed."""
        return f"{self.rate:g}"

    def forward(self, x: Tensor) -> Tensor:
        """Leave units out in training mode, none in evaluation mode."""
        if not self.training or not self.rate:
            return x
        units = torch.arange(x.shape[-1], device=x.device)
        rows = torch.arange(x.shape[:-1].numel(), device=x.device).view(*x.shape[:-1], 1)
        fates: Tensor = fate(row_key(self.seed, self.steps, self.layer, rows), units)
        self.steps += 1
        return x * ((fates >= threshold(self.rate)).to(x.dtype) * (1.0 / (1.0 - self.rate)))
