"""The index of mends: one line each, in the order of the rules' codes."""

from losslab.doctor.prove.fix import Fix
from losslab.doctor.prove.mends import (
    compared_row_by_row,
    inputs_scaled,
    log_probabilities_for_nll,
    optimizer_of_live_model,
    scores_for_sigmoid,
    scores_for_softmax,
    target_cast,
    target_reshaped,
    threshold_for_argmax,
)

MENDS: tuple[Fix, ...] = (
    target_reshaped.MEND,
    target_cast.MEND,
    scores_for_softmax.MEND,
    log_probabilities_for_nll.MEND,
    scores_for_sigmoid.MEND,
    optimizer_of_live_model.MEND,
    threshold_for_argmax.MEND,
    compared_row_by_row.MEND,
    inputs_scaled.MEND,
)
