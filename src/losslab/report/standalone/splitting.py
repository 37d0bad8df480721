"""How a script splits rows: as one of losslab's folds, by the same class of scikit-learn."""

from dataclasses import dataclass

import numpy as np

from losslab.data.spec import CLASS_TASKS, Dataset
from losslab.data.split import SplitPlan


@dataclass(frozen=True, kw_only=True)
class Splitting:
    """A class of sklearn.model_selection, and how many folds to make of what.

    Args:
        splitter: the name of the class.
        test: one fold of so many is for the test.
        validation: one fold of so many, of the rest, chooses the epoch.
    """

    splitter: str
    test: int
    validation: int


SPLITTERS = {
    (False, False): "KFold",
    (True, False): "StratifiedKFold",
    (False, True): "GroupKFold",
    (True, True): "StratifiedGroupKFold",
}


def splitting(data: Dataset, plan: SplitPlan) -> Splitting:
    """Choose folds whose sizes are the plan's shares."""
    stratified = data.task in CLASS_TASKS
    wanted = round(1 / plan.validation)
    # No class can be in more folds than it has rows, nor can groups be.
    kinds = data.groups if data.groups is not None else data.y if stratified else None
    most = len(data)
    if data.groups is not None:
        most = len(np.unique(data.groups))
    elif kinds is not None:
        most = int(np.unique(kinds, return_counts=True)[1].max())
    left = most - -(-most // plan.n_splits)
    return Splitting(
        splitter=SPLITTERS[stratified, data.groups is not None],
        test=plan.n_splits,
        validation=max(2, min(wanted, left)),
    )
