"""A user's own loss is taken for none of the catalogue, whatever it is called."""

from dataclasses import replace

import pytest

from example_studies import compare_table, settings, table
from losslab.experiment.comparison.candidates import make_candidates
from losslab.experiment.comparison.verdict import rank_simplicity
from losslab.losses.catalog import LOSSES


def mse(prediction, target):
    return (prediction - target).abs() ** 3


def named(name):
    """The same function, called otherwise."""
    own = type(mse)(mse.__code__, mse.__globals__, name)
    own.__qualname__ = name
    return own


def doubled(loss):
    """A user's own loss with a name and a contract of the catalogue."""

    def fn(*given, **params):
        return 2 * loss.fn(*given, **params)

    return replace(loss, fn=fn, kernel=None, same_as={})


def found(*losses, **options):
    return compare_table(table("regression"), loss=list(losses), **options)


def test_it_keeps_its_name_and_is_known_to_be_the_users():
    candidates = [row.candidate for row in found(mse, "l1").rows]
    own, real = sorted(candidates, key=lambda candidate: candidate.loss, reverse=True)
    assert (own.loss, own.catalogue) == ("mse", None)
    assert (real.loss, real.catalogue) == ("l1", "l1")


def test_it_does_not_aim_at_what_the_metric_rewards():
    ours = {row.candidate.loss: row for row in found(mse, "l1").rows}
    assert "aims at the mean" in found("mse", "l1").recommendation.reason
    recommended = found(named("mse"), "l1").recommendation
    assert "aims at" not in recommended.reason
    assert rank_simplicity(ours["mse"])[0] == len(LOSSES) > rank_simplicity(ours["l1"])[0]


def test_it_has_no_home_advantage():
    assert "RMSE is what mse trains for" in found("mse", "l1").verdict
    assert "trains for" not in found(mse, "l1").verdict


@pytest.mark.parametrize("name", [name for name, loss in LOSSES.items() if loss.same_as])
def test_it_stands_for_no_other(name):
    for task in LOSSES[name].same_as:
        data = table(task)
        alike = [name, *LOSSES[name].same_as[task]]
        real = make_candidates(settings(loss=alike), data)[0]
        assert len(real) < len(alike)
        for own in alike:
            given = [doubled(LOSSES[own]), *(other for other in alike if other != own)]
            candidates = make_candidates(settings(loss=given), data)[0]
            assert all(own not in candidate.same_as for candidate in candidates)
            (mine,) = [one for one in candidates if one.run.objective.loss.kernel is None]
            assert mine.same_as == ()
