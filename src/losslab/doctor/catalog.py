"""The catalog of rules: one line each, in the order of their codes."""

from functools import cache

from losslab.core.errors import UnknownNameError
from losslab.core.registry import suggest
from losslab.doctor.fixes.call_fix import CallFix
from losslab.doctor.rule import Rule
from losslab.doctor.rules.evaluation import (
    ll401_argmax_over_one_column,
    ll402_threshold_on_wrong_scale,
    ll403_compared_as_matrix,
    ll404_evaluating_in_training_mode,
    ll405_training_in_eval_mode,
    ll406_mean_of_batch_means,
    ll407_evaluating_with_graph,
    ll408_state_dict_not_copied,
    ll409_accuracy_above_one,
)
from losslab.doctor.rules.exceptions import (
    ll001_features_do_not_fit,
    ll002_dtype_mismatch,
    ll003_graph_no_longer_whole,
)
from losslab.doctor.rules.heads import (
    ll201_softmax_before_cross_entropy,
    ll202_nll_without_log_probabilities,
    ll203_sigmoid_before_bce_with_logits,
    ll204_raw_scores_into_bce,
    ll205_kl_div_input,
    ll206_kl_div_target,
    ll207_single_column_softmax,
    ll208_head_cannot_reach_target,
    ll209_log_of_softmax_by_hand,
    ll210_modulation_after_reduction,
    ll211_loss_constantly_zero,
    ll212_loss_below_its_minimum,
)
from losslab.doctor.rules.learning import (
    ll501_no_better_than_constant,
    ll502_start_far_from_even,
    ll503_constant_target,
    ll504_unscaled_inputs,
)
from losslab.doctor.rules.notebooks import ll601_cells_run_out_of_order
from losslab.doctor.rules.optimization import (
    ll301_stale_optimizer,
    ll302_parameters_no_optimizer_holds,
    ll303_requires_grad_set_on_module,
    ll304_gradients_never_zeroed,
    ll305_zero_grad_between_backward_and_step,
    ll306_steps_and_backwards_apart,
    ll307_clipping_after_step,
    ll308_schedule_out_of_step,
    ll309_loss_cut_from_graph,
    ll310_loss_summed_with_its_graph,
    ll311_parameters_in_two_optimizers,
    ll312_dead_output,
    ll313_non_finite,
)
from losslab.doctor.rules.shapes import (
    ll101_silent_broadcast,
    ll102_integer_target,
    ll103_class_index_outside,
    ll104_one_hot_for_index,
    ll105_class_axis_misplaced,
    ll106_softmax_over_wrong_axis,
    ll107_zero_one_for_signs,
    ll108_target_outside_range,
    ll109_reduction_scale,
    ll110_class_weights_wrong,
    ll111_sequence_not_shifted,
)

RULES: tuple[Rule, ...] = (
    ll001_features_do_not_fit.RULE,
    ll002_dtype_mismatch.RULE,
    ll003_graph_no_longer_whole.RULE,
    ll101_silent_broadcast.RULE,
    ll102_integer_target.RULE,
    ll103_class_index_outside.RULE,
    ll104_one_hot_for_index.RULE,
    ll105_class_axis_misplaced.RULE,
    ll106_softmax_over_wrong_axis.RULE,
    ll107_zero_one_for_signs.RULE,
    ll108_target_outside_range.RULE,
    ll109_reduction_scale.RULE,
    ll110_class_weights_wrong.RULE,
    ll111_sequence_not_shifted.RULE,
    ll201_softmax_before_cross_entropy.RULE,
    ll202_nll_without_log_probabilities.RULE,
    ll203_sigmoid_before_bce_with_logits.RULE,
    ll204_raw_scores_into_bce.RULE,
    ll205_kl_div_input.RULE,
    ll206_kl_div_target.RULE,
    ll207_single_column_softmax.RULE,
    ll208_head_cannot_reach_target.RULE,
    ll209_log_of_softmax_by_hand.RULE,
    ll210_modulation_after_reduction.RULE,
    ll211_loss_constantly_zero.RULE,
    ll212_loss_below_its_minimum.RULE,
    ll301_stale_optimizer.RULE,
    ll302_parameters_no_optimizer_holds.RULE,
    ll303_requires_grad_set_on_module.RULE,
    ll304_gradients_never_zeroed.RULE,
    ll305_zero_grad_between_backward_and_step.RULE,
    ll306_steps_and_backwards_apart.RULE,
    ll307_clipping_after_step.RULE,
    ll308_schedule_out_of_step.RULE,
    ll309_loss_cut_from_graph.RULE,
    ll310_loss_summed_with_its_graph.RULE,
    ll311_parameters_in_two_optimizers.RULE,
    ll312_dead_output.RULE,
    ll313_non_finite.RULE,
    ll401_argmax_over_one_column.RULE,
    ll402_threshold_on_wrong_scale.RULE,
    ll403_compared_as_matrix.RULE,
    ll404_evaluating_in_training_mode.RULE,
    ll405_training_in_eval_mode.RULE,
    ll406_mean_of_batch_means.RULE,
    ll407_evaluating_with_graph.RULE,
    ll408_state_dict_not_copied.RULE,
    ll409_accuracy_above_one.RULE,
    ll501_no_better_than_constant.RULE,
    ll502_start_far_from_even.RULE,
    ll503_constant_target.RULE,
    ll504_unscaled_inputs.RULE,
    ll601_cells_run_out_of_order.RULE,
)


def find_rule(name: str) -> Rule:
    """Find a rule by its code or its name.

    Raises:
        UnknownNameError: if there is none; it suggests the nearest.

    Examples:
        >>> find_rule("ll101") is find_rule("silent-broadcast")
        True
    """
    known = {rule.code: rule for rule in RULES} | {rule.name: rule for rule in RULES}
    for spelling in (name, name.upper(), name.lower()):
        if spelling in known:
            return known[spelling]
    raise UnknownNameError(
        "needed the code or name of a rule", got=repr(name), fix=suggest(name, known)
    )


@cache
def find_fixable_rules() -> dict[str, CallFix]:
    """Map the codes of rules that ``--prove`` can fix to their fixes."""
    return {rule.code: rule.call_fix for rule in RULES if rule.call_fix is not None}
