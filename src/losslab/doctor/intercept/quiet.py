"""Computing without being seen: what rules do to tensors is no event."""

from contextlib import AbstractContextManager

import torch


def quiet() -> AbstractContextManager[None]:
    """Switch off every ``TorchFunctionMode`` in a ``with`` block."""
    return torch._C.DisableTorchFunction()
