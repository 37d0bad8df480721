"""Which hidden units of many models a step leaves out."""

from collections.abc import Sequence

import torch
from torch import Tensor

from losslab.training.dropout import fate, row_key, seed_word, threshold


class Fates:
    """What the hidden units of ``M`` models are multiplied by in each training step.

    Args:
        rate: the share left out, the same for all models.
        seeds: the models'.
        widths: of the hidden layers.
        like: a tensor whose dtype and device are taken.
    """

    def __init__(
        self, rate: float, seeds: Sequence[int], widths: Sequence[int], like: Tensor
    ) -> None:
        self._threshold, self._scale = threshold(rate), 1.0 / (1.0 - rate)
        self._widths, self._dtype = widths, like.dtype
        words = torch.tensor([seed_word(seed) for seed in seeds]).to(like.device)
        self._seeds = words.view(-1, 1, 1)
        self._layers = torch.arange(len(widths), device=like.device).view(-1, 1, 1, 1)
        self._units = torch.arange(max(widths), device=like.device)

    def factors(self, made: Tensor, rows: int) -> list[Tensor]:
        """The factors of every hidden layer.

        Args:
            made: steps that each model has made so far, ``(M, 1)`` in int64.
            rows: of the batch.

        Shape
            -> for each layer ``(M, B, U)``
        """
        places = torch.arange(rows, device=self._units.device).unsqueeze(1)
        keys = row_key(self._seeds, made.unsqueeze(2), self._layers, places)
        return [
            (fate(key, self._units[:width]) >= self._threshold).to(self._dtype).mul_(self._scale)
            for key, width in zip(keys, self._widths, strict=True)
        ]
