"""The index of rules: one line each, in the order of their codes."""

from losslab.core.errors import UnknownNameError
from losslab.core.registry import suggestion
from losslab.doctor.rule import Rule
from losslab.doctor.rules.evaluation import (
    accuracy_above_one,
    argmax_over_one_column,
    compared_as_matrix,
    evaluating_in_training_mode,
    evaluating_with_graph,
    mean_of_batch_means,
    state_dict_not_copied,
    threshold_on_wrong_scale,
    training_in_eval_mode,
)
from losslab.doctor.rules.heads import (
    head_cannot_reach_target,
    kl_div_input,
    kl_div_target,
    log_of_softmax_by_hand,
    loss_below_its_minimum,
    loss_constantly_zero,
    modulation_after_reduction,
    nll_without_log_probabilities,
    raw_scores_into_bce,
    sigmoid_before_bce_with_logits,
    single_column_softmax,
    softmax_before_cross_entropy,
)
from losslab.doctor.rules.learning import (
    constant_target,
    no_better_than_constant,
    start_far_from_even,
    unscaled_inputs,
)
from losslab.doctor.rules.notebooks import cells_run_out_of_order
from losslab.doctor.rules.optimisation import (
    clipping_after_step,
    dead_output,
    gradients_never_zeroed,
    loss_cut_from_graph,
    loss_summed_with_its_graph,
    non_finite,
    parameters_in_two_optimizers,
    parameters_no_optimizer_holds,
    requires_grad_set_on_module,
    schedule_out_of_step,
    stale_optimizer,
    steps_and_backwards_apart,
    zero_grad_between_backward_and_step,
)
from losslab.doctor.rules.raised import dtype_mismatch, features_do_not_fit, graph_no_longer_whole
from losslab.doctor.rules.shapes import (
    class_axis_misplaced,
    class_index_outside,
    class_weights_wrong,
    integer_target,
    one_hot_for_index,
    reduction_scale,
    sequence_not_shifted,
    silent_broadcast,
    softmax_over_wrong_axis,
    target_outside_range,
    zero_one_for_signs,
)

RULES: tuple[Rule, ...] = (
    features_do_not_fit.RULE,
    dtype_mismatch.RULE,
    graph_no_longer_whole.RULE,
    silent_broadcast.RULE,
    integer_target.RULE,
    class_index_outside.RULE,
    one_hot_for_index.RULE,
    class_axis_misplaced.RULE,
    softmax_over_wrong_axis.RULE,
    zero_one_for_signs.RULE,
    target_outside_range.RULE,
    reduction_scale.RULE,
    class_weights_wrong.RULE,
    sequence_not_shifted.RULE,
    softmax_before_cross_entropy.RULE,
    nll_without_log_probabilities.RULE,
    sigmoid_before_bce_with_logits.RULE,
    raw_scores_into_bce.RULE,
    kl_div_input.RULE,
    kl_div_target.RULE,
    single_column_softmax.RULE,
    head_cannot_reach_target.RULE,
    log_of_softmax_by_hand.RULE,
    modulation_after_reduction.RULE,
    loss_constantly_zero.RULE,
    loss_below_its_minimum.RULE,
    stale_optimizer.RULE,
    parameters_no_optimizer_holds.RULE,
    requires_grad_set_on_module.RULE,
    gradients_never_zeroed.RULE,
    zero_grad_between_backward_and_step.RULE,
    steps_and_backwards_apart.RULE,
    clipping_after_step.RULE,
    schedule_out_of_step.RULE,
    loss_cut_from_graph.RULE,
    loss_summed_with_its_graph.RULE,
    parameters_in_two_optimizers.RULE,
    dead_output.RULE,
    non_finite.RULE,
    argmax_over_one_column.RULE,
    threshold_on_wrong_scale.RULE,
    compared_as_matrix.RULE,
    evaluating_in_training_mode.RULE,
    training_in_eval_mode.RULE,
    mean_of_batch_means.RULE,
    evaluating_with_graph.RULE,
    state_dict_not_copied.RULE,
    accuracy_above_one.RULE,
    no_better_than_constant.RULE,
    start_far_from_even.RULE,
    constant_target.RULE,
    unscaled_inputs.RULE,
    cells_run_out_of_order.RULE,
)


def find_rule(name: str) -> Rule:
    """Find a rule by its code or its name.

    Raises:
        UnknownNameError: if there is none; it names the nearest.

    Example
        >>> find_rule("ll101") is find_rule("silent-broadcast")
        True
    """
    known = {rule.code: rule for rule in RULES} | {rule.name: rule for rule in RULES}
    for spelling in (name, name.upper(), name.lower()):
        if spelling in known:
            return known[spelling]
    raise UnknownNameError(
        "needed the code or name of a rule", got=repr(name), fix=suggestion(name, known)
    )
