"""Compiled code is kept between processes, and rebuilt where it is damaged or out of date."""

import json
import os
import shutil
import time
from itertools import product
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

import pytest

import losslab
from losslab.losses.catalog import LOSSES
from losslab.objectives.catalog import HEADS, PAIRINGS
from losslab.training import mlp
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.engines.compiled import cache, elementary, kernels, loops
from losslab.training.engines.compiled.cache import cache_folder, is_cached
from losslab.training.run import Run
from processes.interpreters import run

RUN = Run(loss="mse", task="regression", hidden=(4,), activation="leaky_relu", optimizer="sgd")
SMALL = "head-softplus"


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kernels, "_COMPILED", {})
    return tmp_path / "cache"


def make_softplus_head():
    """A small function to compile, as the kernel of a run would be."""
    from losslab.training.engines.compiled.state import get_signatures

    return kernels.Specialization(
        name=SMALL,
        signature=get_signatures("float64")["predict"],
        make_function=lambda: kernels._link_row_function(HEADS["softplus"].forward),
    )


def forget():
    """As a new process would start."""
    kernels._COMPILED.clear()


def compiles(kernel):
    """Whether making it takes the compiler rather than the cache."""
    return sum(kernel.compile().stats.cache_hits.values()) == 0


def test_what_was_compiled_once_is_loaded_from_then_on(own_cache):
    kernel = make_softplus_head()
    assert not kernel.is_ready
    assert compiles(kernel)
    assert is_cached(SMALL)
    forget()
    assert kernel.is_ready
    assert not compiles(kernel)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
        lambda path: path.write_bytes(b"\0" * path.stat().st_size),
        lambda path: path.write_bytes(path.read_bytes()[:-9] + b"x" + path.read_bytes()[-8:]),
        Path.unlink,
    ],
    ids=["cut in half", "zeroes", "one byte", "removed"],
)
@pytest.mark.parametrize("kind", ["*.nbc", "*.nbi", "sealed"])
def test_a_damaged_cache_is_compiled_again(own_cache, damage, kind):
    kernel = make_softplus_head()
    kernel.compile()
    (path,) = (cache_folder() / SMALL).rglob(kind)
    damage(path)
    assert not is_cached(SMALL)
    forget()
    assert compiles(kernel)
    assert is_cached(SMALL)


def test_where_nothing_can_be_written_nothing_is_kept_and_all_works(own_cache):
    own_cache.write_text("a file where the folder should be")
    kernel = make_softplus_head()
    assert kernel.compile().signatures
    assert not is_cached(SMALL)


def test_an_edited_source_makes_another_cache(own_cache, monkeypatch, tmp_path):
    before = cache_folder()
    cache._compute_fingerprint.cache_clear()
    copy = tmp_path / "package" / "training" / "compiled"
    copy.mkdir(parents=True)
    (copy / "cache.py").write_text("edited")
    monkeypatch.setattr(cache, "__file__", str(copy / "cache.py"))
    try:
        assert cache_folder() != before
    finally:
        cache._compute_fingerprint.cache_clear()


def make_used_cache(root, name, days_ago):
    """A cache of other code, last used so many days ago."""
    folder = root / name
    (folder / "kernel").mkdir(parents=True)
    (folder / "kernel" / "code.nbc").write_bytes(b"code")
    used = time.time() - days_ago * 24 * 60 * 60
    os.utime(folder, (used, used))
    return folder


def test_compiling_removes_what_other_versions_compiled_and_nothing_used_for_a_month(own_cache):
    old = [make_used_cache(own_cache, name, 31) for name in ("compiled-a", "compiled-b.removed")]
    kept = [
        make_used_cache(own_cache, "compiled-c", 29),
        make_used_cache(own_cache, "datasets", 400),
    ]
    make_softplus_head().compile()
    assert not any(folder.exists() for folder in old)
    assert all((folder / "kernel" / "code.nbc").is_file() for folder in kept)
    assert sorted(path.name for path in own_cache.iterdir()) == sorted(
        [cache_folder().name, "compiled-c", "datasets"]
    )


def test_loading_marks_a_cache_as_used_and_removes_nothing(own_cache):
    make_softplus_head().compile()
    other = make_used_cache(own_cache, "compiled-other", 100)
    os.utime(cache_folder(), (0, 0))
    forget()
    assert not compiles(make_softplus_head())
    assert time.time() - cache_folder().stat().st_mtime < 24 * 60 * 60
    assert other.is_dir()


def test_an_old_cache_that_can_not_be_removed_is_left_and_all_works(own_cache, monkeypatch):
    other = make_used_cache(own_cache, "compiled-other", 100)

    def refuse(path, target):
        raise PermissionError(path)

    monkeypatch.setattr(Path, "rename", refuse)
    assert compiles(make_softplus_head())
    assert is_cached(SMALL)
    assert (other / "kernel" / "code.nbc").is_file()


def test_seconds_to_compile_are_counted_once_for_what_runs_share(own_cache):
    alone = kernels.estimate_compile_seconds([RUN])
    assert alone > 5
    assert kernels.estimate_compile_seconds([RUN, RUN]) == alone
    make_softplus_head().compile()
    assert kernels.estimate_compile_seconds([RUN]) == alone


def test_a_later_process_compiles_nothing(tmp_path):
    # The loops are compiled already, or soon would be: they take longer than all others.
    for part in ("train", "score"):
        loop = kernels.specialize_kernels(RUN)[part]
        loop.compile()
        shutil.copytree(cache_folder() / loop.name, tmp_path / cache_folder().name / loop.name)
    script = (
        "import sys, numpy as np\n"
        "from losslab import Run, train\n"
        "from losslab.training.engines.compiled import estimate_compile_seconds\n"
        "run = Run(loss='mse', task='regression', hidden=(4,), epochs=1, optimizer='sgd')\n"
        "print(estimate_compile_seconds([run]) > 0)\n"
        "(result,) = train([run], np.zeros((8, 2)), np.arange(8.0), engine='compiled')\n"
        "print(result.engine, repr(float(result.train_loss[0])))\n"
    )
    ended = [run("-c", script, env={"LOSSLAB_CACHE": str(tmp_path)}) for _ in range(2)]
    said = [one.stdout.split() for one in ended]
    assert said[0][0] == "True"
    assert said[1][0] == "False"
    assert said[0][1:] == said[1][1:]
    assert said[0][1] == "compiled"


def test_the_doctor_says_whether_the_loop_is_ready_and_what_is_damaged(own_cache, capsys):
    from losslab.cli.doctor import command

    command(as_json=True)
    before = json.loads(capsys.readouterr().out)["compiled"]
    assert (before["training_loop_ready"], before["functions"], before["damaged"]) == (False, 0, [])
    make_softplus_head().compile()
    (cache_folder() / SMALL / "sealed").write_text("broken")
    command(as_json=True)
    after = json.loads(capsys.readouterr().out)["compiled"]
    assert (after["functions"], after["damaged"]) == (1, [SMALL])
    command(as_json=False)
    said = " ".join(capsys.readouterr().out.split())
    assert "not compiled yet" in said
    assert SMALL in said


ADDRESSES = """
import sys
from losslab.training.engines.compiled.kernels import specialize_kernels
from losslab.training.engines.compiled.intrinsics import get_address
from losslab.training.run import Run

runs = [Run(loss=loss, head="sigmoid", task="binary") for loss in sys.argv[1:]]
loaded = [specialize_kernels(run)["loss_gradient"].compile() for run in runs]
print(*map(get_address, loaded))
"""


def test_losses_that_two_processes_have_compiled_are_two_functions_in_a_third(own_cache):
    for loss in ("mse", "l1"):
        assert run("-c", ADDRESSES, loss).returncode == 0
    assert len(set(run("-c", ADDRESSES, "mse", "l1").stdout.split())) == 2


@pytest.fixture(scope="module")
def every_kernel():
    """Every kernel that any run of the catalogues needs, by its name in the cache."""
    pairings = [(pair, {}) for pair in PAIRINGS]
    pairings += [(PAIRINGS[0], {"activation": activation}) for activation in ACTIVATIONS]
    pairings += [
        (PAIRINGS[0], {"optimizer": optimizer, "penalty": penalty, "alpha": alpha})
        for optimizer, penalty in product(OPTIMIZERS, PENALTIES)
        for alpha in [0.0 if penalty == "none" else 0.1]
    ]
    found = {}
    for pair, settings in pairings:
        run = Run(
            loss=pair.loss,
            head=pair.head,
            task=pair.task,
            n_classes=3 if pair.task == "multiclass" else None,
            **settings,
        )
        found |= {kernel.name: kernel for kernel in kernels.specialize_kernels(run).values()}
    return found


def test_no_two_kernels_have_one_name_by_which_their_machine_code_is_found(every_kernel):
    """Numba adds a number that counts from 1 in every process, which tells nothing of another's."""
    names = set()
    for kernel in every_kernel.values():
        function = kernel.make_function()
        names.add((function.__module__, function.__qualname__, str(kernel.signature)))
    assert len(names) == len(every_kernel)


PACKAGE = Path(losslab.__file__).parent


def find_plain(value):
    """The plain function behind what compiled code may call, if it is one of losslab's."""
    plain = getattr(value, "py_func", None) or getattr(value, "_defn", None) or value
    is_function = isinstance(plain, FunctionType)
    return (
        plain if is_function and Path(plain.__code__.co_filename).is_relative_to(PACKAGE) else None
    )


def find_callees(function):
    """Whatever a function, or a function defined in it, refers to by name or closure."""
    codes, names = [function.__code__], set()
    while codes:
        code = codes.pop()
        names |= {*code.co_names}
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    referred = [function.__globals__[name] for name in names if name in function.__globals__]
    modules = [value for value in referred if isinstance(value, ModuleType)]
    referred += [vars(module)[name] for module in modules for name in names & vars(module).keys()]
    return referred + [cell.cell_contents for cell in function.__closure__ or ()]


def test_every_file_with_compiled_code_starts_another_cache_when_edited(every_kernel):
    waiting = [kernel.make_function() for kernel in every_kernel.values()]
    waiting.append(loops.predict_rows)
    seen = set()
    while waiting:
        function = waiting.pop()
        if function not in seen:
            seen.add(function)
            waiting += [plain for plain in map(find_plain, find_callees(function)) if plain]
    files = {Path(function.__code__.co_filename) for function in seen}
    watched = {path for pattern in cache._SOURCES for path in PACKAGE.glob(pattern)}
    assert files - watched == set()
    # The walk reached the kernels of every catalogue, and what they call.
    catalogued = {
        *(optimizer.kernel for optimizer in OPTIMIZERS.values()),
        *(optimizer.step_size_kernel for optimizer in OPTIMIZERS.values()),
        *(penalty.kernel for penalty in PENALTIES.values()),
        *(activation.kernel for activation in ACTIVATIONS.values()),
        *(activation.gradient_kernel for activation in ACTIVATIONS.values()),
        *(loss.kernel for loss in LOSSES.values() if loss.kernel is not None),
        *(HEADS[pair.head].forward for pair in PAIRINGS),
        *(HEADS[pair.head].backward for pair in PAIRINGS),
    }
    codes = {function.__code__ for function in seen}
    missed = {kernel.__qualname__ for kernel in catalogued if kernel.__code__ not in codes}
    assert missed == set()
    assert {elementary.scalar.exp.__code__, mlp.round_up.__code__} <= codes
