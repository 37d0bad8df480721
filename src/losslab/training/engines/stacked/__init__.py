"""The stacked engine: many MLPs at once, their weights stacked in one tensor."""

from losslab.training.engines.stacked.engine import train_stacked

__all__ = ["train_stacked"]
