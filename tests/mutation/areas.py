"""Which tests are asked about a mistake in which folder."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path


def checks_of(
    area: str, file: str, line: int, quick: bool = False
) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Give the checks of a file by name: its own examples, tests that import it, other tests.

    Of a rule of the doctor: the tests of its family, and then, unless it is to be quick, the
    scripts that reach the line.
    """
    tests = AREAS[area]
    module = ".".join(Path(file).with_suffix("").parts[1:])
    if area.startswith("doctor"):
        files = [f"tests/{name}.py" for name in (*tests, "doctor/test_catalog")]
        code = re.search(r'code="(LL\d+)"', Path(file).read_text(encoding="utf-8"))[1]
        # Names of tests have the rule's in them, but for those of what it once said falsely.
        rule = Path(file).stem.partition("_")[2]
        yield f"tests of {code}", partial(passes, files, f"{rule} or {code} or false")
        if not quick:
            yield "what scripts reach", _reach
            yield "the corpus", partial(_corpus, file, line)
        return
    near = [name for name in tests if _imports(Path(f"tests/{name}.py"), module)]
    # The tests of a loss have its name in theirs.
    entry = module.rsplit(".", 1)[1] if area == "losses" and module.count(".") > 2 else ""
    for names in ([file, *near], [name for name in tests if name not in near]):
        files = [name if name == file else f"tests/{name}.py" for name in names]
        yield ", ".join(files), partial(passes, files, entry)


def _imports(test: Path, module: str) -> bool:
    package, name = module.rsplit(".", 1)
    text = test.read_text(encoding="utf-8")
    return (
        re.search(rf"(from|import) {module}\b|from {package} import .*\b{name}\b", text) is not None
    )


def passes(tests: list[str], entry: str = "") -> bool:
    """Run tests until one fails."""
    import pytest

    quiet = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-n", "0", "--assert=plain"]
    # No test of a file without examples is no failure.
    return pytest.main([*quiet, "-k", entry, *tests]) in {0, 5}


def _reach() -> bool:
    from mutation import corpus  # in the fork, since it imports losslab

    return corpus.reach()


def _corpus(file: str, line: int) -> bool:
    from mutation import corpus

    return corpus.notices_nothing(file, line)


AREAS = {
    "losses": (
        "losses/test_curve",
        "losses/test_edges",
        "report/losses/test_formula",
        "losses/test_module",
        "losses/test_catalog",
        "losses/test_torch_oracles",
        "losses/test_faults",
        "objectives/test_heads_and_codecs",
        "losses/test_custom",
        "cli/test_own_losses",
        "contracts/test_contracts",
        "losses/test_identity",
        "report/losses/test_formula_lines",
        "objectives/test_catalog",
        "cli/test_losses",
    ),
    "statistics": (
        "statistics/test_student",
        "statistics/test_paired",
        "statistics/test_ranking",
        "statistics/test_step_down",
        "experiment/comparison/test_verdict",
    ),
    "objectives": (
        "objectives/test_catalog",
        "objectives/test_settings",
        "objectives/test_wording",
        "objectives/test_heads_and_codecs",
        "contracts/test_contracts",
        "losses/test_custom",
        "objectives/test_wrong_pairings",
        "cli/test_losses",
    ),
    "doctor/rules/evaluation": (
        "doctor/test_false_metrics",
        "doctor/rules/test_modes",
        "doctor/rules/test_scores",
    ),
    "doctor/rules/heads": (
        "doctor/test_false_alarms",
        "doctor/rules/test_loss_values",
        "doctor/rules/test_probabilities",
        "doctor/rules/test_targets",
    ),
    "doctor/rules/learning": (
        "doctor/test_false_alarms",
        "doctor/rules/test_learning",
        "doctor/rules/test_constant_target",
    ),
}
