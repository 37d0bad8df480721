"""False alarms and power of comparisons with the best candidate.

``python -m benchmarks.alarms`` simulates scores of candidates on overlapping splits and counts, for
three procedures at the level 0.05: losslab's, Holm's correction of all pairs, and Holm's of the
pairs with the best alone, which forgets that the best was chosen by the same scores.

A false alarm is any candidate called worse than the best of the scores that is at least as good as
it. Power is the share of the candidates that are worse than the best one and called so. All of it
takes about half an hour on two cores.
"""

import argparse
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from losslab.statistics.paired import compare_pairs, holm, subtract_scores
from losslab.statistics.resampling import compute_two_sided_p, summarize_scores
from losslab.statistics.step_down import compute_step_down_p, prepare_tests

LEVEL = 0.05
Scores = NDArray[np.float64]  # (candidates, splits), the best mean first


@dataclass(frozen=True, kw_only=True)
class Case:
    """Candidates whose true means and spreads are known.

    Args:
        name: what is unlike in them.
        means, spreads: of each candidate, in units of the usual spread.
        splits: how many; ``overlap`` is test rows divided by training rows.
        draw: one table's scores, from a generator.
    """

    name: str
    means: Scores
    splits: int
    overlap: float
    draw: Callable[[np.random.Generator], Scores] = field(repr=False)


def make_normal_case(name: str, means: Any, spreads: Any, splits: int, overlap: float) -> Case:
    """Make candidates with normal scores of correlation overlap / (1 + overlap)."""
    means, spreads = np.asarray(means, float), np.asarray(spreads, float)
    draw = partial(_draw_normal_scores, means, spreads, splits, overlap)
    return Case(name=name, means=means, splits=splits, overlap=overlap, draw=draw)


def _draw_normal_scores(
    means: Scores, spreads: Scores, splits: int, overlap: float, generator: np.random.Generator
) -> Scores:
    shared = math.sqrt(overlap) * generator.normal(size=(len(means), 1))
    noise = (shared + generator.normal(size=(len(means), splits))) / math.sqrt(1 + overlap)
    return means[:, None] + spreads[:, None] * noise


def make_skewed_case(candidates: int, splits: int, overlap: float) -> Case:
    """Make equally good candidates with exponential scores of the same correlation."""
    draw = partial(_draw_exponential_scores, candidates, splits, overlap)
    means = np.zeros(candidates)
    return Case(name="all skewed", means=means, splits=splits, overlap=overlap, draw=draw)


def _draw_exponential_scores(
    candidates: int, splits: int, overlap: float, generator: np.random.Generator
) -> Scores:
    shared = math.sqrt(overlap) * generator.exponential(size=(candidates, 1))
    return shared + generator.exponential(size=(candidates, splits))


def make_classifier_case(candidates: int, splits: int, rows: int = 120, columns: int = 3) -> Case:
    """Make cross-validated classifiers that are equally good by construction.

    Each knows only columns of its own, and all columns tell the classes apart alike. They choose
    the class with the nearer mean.
    """
    return Case(
        name="real folds, all alike",
        means=np.zeros(candidates),
        splits=splits,
        overlap=1 / (splits - 1),
        draw=partial(_draw_accuracies, candidates, splits, rows, columns),
    )


def _draw_accuracies(
    candidates: int, splits: int, rows: int, columns: int, generator: np.random.Generator
) -> Scores:
    y = generator.permutation(np.arange(rows) % 2)
    X = generator.normal(size=(candidates, rows, columns)) + 0.5 * y[:, None]
    fold = generator.permutation(np.arange(rows) % splits)
    scores = np.empty((candidates, splits))
    for split in range(splits):
        train, test = fold != split, fold == split
        centres = [X[:, train & (y == label)].mean(1, keepdims=True) for label in (0, 1)]
        apart = [((X[:, test] - centre) ** 2).sum(2) for centre in centres]
        scores[:, split] = ((apart[1] < apart[0]) == y[test]).mean(1)
    return scores


def list_cases(candidates: int, splits: int, overlap: float) -> Iterator[Case]:
    """List cases of equally good candidates, then cases in which some are better."""
    ones, zeros = np.ones(candidates), np.zeros(candidates)
    half = np.where(np.arange(candidates) % 2, 3.0, 1.0)
    one_noisy, one_better = np.r_[4.0, ones[1:]], np.r_[1.0, zeros[1:]]
    make = partial(make_normal_case, splits=splits, overlap=overlap)
    yield make("all alike", zeros, ones)
    yield make("one varies 4 x as much", zeros, one_noisy)
    yield make("half vary 3 x as much", zeros, half)
    yield make("from 1 x to 8 x", zeros, np.geomspace(1, 8, candidates))
    yield make_skewed_case(candidates, splits, overlap)
    yield make_classifier_case(candidates, splits)
    yield make("one better by 2", 2 * one_better, ones)
    yield make("one better by 4", 4 * one_better, ones)
    yield make("one better by 4, half vary 3 x", 4 * one_better, half)
    yield make("two better by 4", np.r_[4.0, 4.0, zeros[2:]], ones)
    yield make("even steps up to 4", np.linspace(4, 0, candidates), ones)


def _test_step_down(scores: Scores, overlap: float) -> NDArray[np.bool_]:
    return compute_step_down_p(prepare_tests(list(scores)), overlap) < LEVEL


def _test_all_pairs(scores: Scores, overlap: float) -> NDArray[np.bool_]:
    pairs = compare_pairs({str(i): own for i, own in enumerate(scores)}, overlap)
    return np.array([pair.p_holm < LEVEL for pair in pairs[: len(scores) - 1]])


def _test_pairs_with_best(scores: Scores, overlap: float) -> NDArray[np.bool_]:
    differences = [subtract_scores(other, scores[0]) for other in scores[1:]]
    return (
        holm([compute_two_sided_p(summarize_scores(values, overlap)) for values in differences])
        < LEVEL
    )


PROCEDURES = {
    "losslab": _test_step_down,
    "Holm, all pairs": _test_all_pairs,
    "Holm, best only": _test_pairs_with_best,
}


def measure_rates(case: Case, tables: int, seed: int) -> dict[str, tuple[float, float]]:
    """Measure the rate of false alarms and the power of each procedure."""
    generator = np.random.default_rng(seed)
    alarms, found = dict.fromkeys(PROCEDURES, 0), dict.fromkeys(PROCEDURES, 0)
    for _ in range(tables):
        scores = case.draw(generator)
        order = np.argsort(-scores.mean(1), kind="stable")
        means = case.means[order]
        worse = means[1:] < means[0]
        for name, procedure in PROCEDURES.items():
            called = procedure(scores[order], case.overlap)
            alarms[name] += bool((called & ~worse).any())
            found[name] += int((called & worse).sum())
    there = tables * int((case.means < case.means.max()).sum())
    return {
        name: (alarms[name] / tables, found[name] / there if there else math.nan)
        for name in PROCEDURES
    }


def main(words: Sequence[str] | None = None) -> None:
    """Print a table for each size of study."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tables", type=int, default=2000, help="simulated in each case")
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args(words)
    with ProcessPoolExecutor() as pool:
        for candidates, splits in [(10, 5), (4, 5), (10, 3), (10, 10)]:
            overlap = 1 / (splits - 1)
            named = " | ".join(f"{name}: alarms | power" for name in PROCEDURES)
            rows = [f"{candidates} candidates, {splits} folds, {given.tables:,} tables a case", ""]
            rows += [f"| | {named} |", "|---|" + "---:|---:|" * len(PROCEDURES)]
            cases = list(list_cases(candidates, splits, overlap))
            counted = pool.map(partial(measure_rates, tables=given.tables, seed=given.seed), cases)
            for case, rates in zip(cases, counted, strict=True):
                cells = " | ".join(
                    f"{alarm:.3f} | {_format_power(power)}" for alarm, power in rates.values()
                )
                rows.append(f"| {case.name} | {cells} |")
            sys.stdout.write("\n".join(rows) + "\n\n")
            sys.stdout.flush()


def _format_power(power: float) -> str:
    return "" if math.isnan(power) else f"{power:.2f}"


if __name__ == "__main__":
    main()
