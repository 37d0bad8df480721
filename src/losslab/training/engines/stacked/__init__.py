"""The stacked engine: many MLPs as one tensor, any loss, any device."""

from losslab.training.engines.stacked.engine import objective_key, train_stacked

__all__ = ["objective_key", "train_stacked"]
