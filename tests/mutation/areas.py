"""Which tests are asked about a mistake in which folder."""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path


def checks_of(area: str, file: str) -> Iterator[tuple[str, Callable[[], bool]]]:
    """Give the checks of a file by name: its own examples, tests that import it, other tests."""
    if area.startswith("doctor"):
        yield "the corpus", partial(_corpus, file)
        return
    tests = AREAS[area]
    module = ".".join(Path(file).with_suffix("").parts[1:])
    near = [name for name in tests if _imports(Path(f"tests/{name}.py"), module)]
    # The tests of a loss have its name in theirs.
    entry = module.rsplit(".", 1)[1] if area == "losses" and module.count(".") > 2 else ""
    for names in ([file, *near], [name for name in tests if name not in near]):
        files = [name if name == file else f"tests/{name}.py" for name in names]
        yield ", ".join(files), partial(_passes, files, entry)


def _imports(test: Path, module: str) -> bool:
    package, name = module.rsplit(".", 1)
    text = test.read_text(encoding="utf-8")
    return (
        re.search(rf"(from|import) {module}\b|from {package} import .*\b{name}\b", text) is not None
    )


def _passes(files: list[str], entry: str) -> bool:
    """Run tests until one fails."""
    import pytest

    quiet = ["-x", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-n", "0", "--assert=plain"]
    # No test of a file without examples is no failure.
    return pytest.main([*quiet, "-k", entry, *files]) in {0, 5}


def _corpus(file: str) -> bool:
    """Run the doctor's corpus: the scripts that make the rule's own mistake first."""
    import json
    import os

    from doctor_support.corpus import BAD, GOOD, expected
    from doctor_support.forks import examine
    from losslab.doctor import catalog  # noqa: F401

    code = re.search(r'code="(LL\d+)"', Path(file).read_text(encoding="utf-8"))[1]
    own = [path for path in BAD if code in {rule for rule, _ in expected(path)}]
    for path in dict.fromkeys([*own, *GOOD, *BAD]):
        receiver, sender = os.pipe()
        child = os.fork()
        if child == 0:
            answer = json.dumps(examine(str(path))).encode()
            os.write(sender, answer)
            os._exit(0)
        os.close(sender)
        with os.fdopen(receiver) as stream:
            answer = json.loads(stream.read() or "null")
        os.waitpid(child, 0)
        if answer is None or not _as_expected(answer, [] if path in GOOD else expected(path)):
            sys.stdout.write(f"{path}: {answer}\n")
            return False
    return True


def _as_expected(answer: dict, wanted: list[tuple]) -> bool:
    """Whether a script's findings are those that its comments name, and no other."""
    found = {(rule, line): severity for rule, line, severity in answer["findings"]}
    loud = {one for one, severity in found.items() if severity in {"error", "warning"}}
    unfit = [sentence for sentence in answer["unchecked"] if sentence.startswith("rule ")]
    return set(wanted) <= set(found) and loud <= set(wanted) and not unfit


AREAS = {
    "losses": (
        "test_loss_curves",
        "test_loss_edges",
        "test_formula",
        "test_loss_module",
        "test_losses",
        "test_torch_oracles",
        "test_loss_faults",
        "test_heads_and_codecs",
        "test_custom_losses",
        "test_losses_own",
        "test_contracts",
        "test_loss_identity",
        "test_formula_lines",
        "test_objectives",
        "test_losses_command",
    ),
    "statistics": (
        "test_student",
        "test_statistics",
        "test_statistics_ranking",
        "test_step_down",
        "test_verdict",
    ),
    "objectives": (
        "test_objectives",
        "test_objective_settings",
        "test_objective_words",
        "test_heads_and_codecs",
        "test_contracts",
        "test_custom_losses",
        "test_wrong_pairings",
        "test_losses_command",
    ),
    "doctor/rules/evaluation": (),
    "doctor/rules/heads": (),
    "doctor/rules/learning": (),
    "doctor/rules/shapes": (),
}
