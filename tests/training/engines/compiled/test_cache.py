"""Compiled code is kept between processes, and rebuilt where it is damaged or out of date."""

import json
import os
import shutil
import time
from itertools import product
from pathlib import Path

import pytest

from losslab.objectives.catalog import PAIRINGS
from losslab.training.catalog import OPTIMIZERS, PENALTIES
from losslab.training.engines.compiled import cache, kernels
from losslab.training.engines.compiled.cache import cache_folder, is_cached
from losslab.training.run import Run
from processes.interpreters import run

RUN = Run(loss="mse", task="regression", hidden=(4,), activation="leaky_relu", optimizer="sgd")
SMALL = "head-softplus"


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSLAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kernels, "_MADE", {})
    return tmp_path / "cache"


def softplus_head():
    """A small function to compile, as the piece of a run would be."""
    from losslab.objectives.catalog import HEADS
    from losslab.training.engines.compiled.jit import Signatures

    return kernels.Piece(
        name=SMALL,
        signature=Signatures.of("float64").predict,
        function=lambda: kernels._with_rowmath(HEADS["softplus"].forward),
    )


def forget():
    """As a new process would start."""
    kernels._MADE.clear()


def compiles(piece):
    """Whether making it takes the compiler rather than the cache."""
    return sum(piece.made().stats.cache_hits.values()) == 0


def test_what_was_compiled_once_is_loaded_from_then_on(own_cache):
    piece = softplus_head()
    assert not piece.is_ready
    assert compiles(piece)
    assert is_cached(SMALL)
    forget()
    assert piece.is_ready
    assert not compiles(piece)


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
    piece = softplus_head()
    piece.made()
    (path,) = (cache_folder() / SMALL).rglob(kind)
    damage(path)
    assert not is_cached(SMALL)
    forget()
    assert compiles(piece)
    assert is_cached(SMALL)


def test_where_nothing_can_be_written_nothing_is_kept_and_all_works(own_cache):
    own_cache.write_text("a file where the folder should be")
    piece = softplus_head()
    assert piece.made().signatures
    assert not is_cached(SMALL)


def test_an_edited_source_makes_another_cache(own_cache, monkeypatch, tmp_path):
    before = cache_folder()
    cache._fingerprint.cache_clear()
    copy = tmp_path / "package" / "training" / "compiled"
    copy.mkdir(parents=True)
    (copy / "cache.py").write_text("edited")
    monkeypatch.setattr(cache, "__file__", str(copy / "cache.py"))
    try:
        assert cache_folder() != before
    finally:
        cache._fingerprint.cache_clear()


def folder_used(root, name, days_ago):
    """A cache of other code, last used so many days ago."""
    folder = root / name
    (folder / "piece").mkdir(parents=True)
    (folder / "piece" / "code.nbc").write_bytes(b"code")
    used = time.time() - days_ago * 24 * 60 * 60
    os.utime(folder, (used, used))
    return folder


def test_compiling_removes_what_other_versions_compiled_and_nothing_used_for_a_month(own_cache):
    old = [folder_used(own_cache, name, 31) for name in ("compiled-a", "compiled-b.removed")]
    kept = [folder_used(own_cache, "compiled-c", 29), folder_used(own_cache, "datasets", 400)]
    softplus_head().made()
    assert not any(folder.exists() for folder in old)
    assert all((folder / "piece" / "code.nbc").is_file() for folder in kept)
    assert sorted(path.name for path in own_cache.iterdir()) == sorted(
        [cache_folder().name, "compiled-c", "datasets"]
    )


def test_loading_marks_a_cache_as_used_and_removes_nothing(own_cache):
    softplus_head().made()
    other = folder_used(own_cache, "compiled-other", 100)
    os.utime(cache_folder(), (0, 0))
    forget()
    assert not compiles(softplus_head())
    assert time.time() - cache_folder().stat().st_mtime < 24 * 60 * 60
    assert other.is_dir()


def test_an_old_cache_that_can_not_be_removed_is_left_and_all_works(own_cache, monkeypatch):
    other = folder_used(own_cache, "compiled-other", 100)

    def refuse(path, target):
        raise PermissionError(path)

    monkeypatch.setattr(Path, "rename", refuse)
    assert compiles(softplus_head())
    assert is_cached(SMALL)
    assert (other / "piece" / "code.nbc").is_file()


def test_seconds_to_compile_are_counted_once_for_what_runs_share(own_cache):
    alone = kernels.seconds_to_compile([RUN])
    assert alone > 5
    assert kernels.seconds_to_compile([RUN, RUN]) == alone
    softplus_head().made()
    assert kernels.seconds_to_compile([RUN]) == alone


def test_a_later_process_compiles_nothing(tmp_path):
    # The loops are compiled already, or soon would be: they take longer than all others.
    for part in ("train", "score"):
        loop = kernels.pieces(RUN)[part]
        loop.made()
        shutil.copytree(cache_folder() / loop.name, tmp_path / cache_folder().name / loop.name)
    script = (
        "import sys, numpy as np\n"
        "from losslab import Run, train\n"
        "from losslab.training.engines.compiled import seconds_to_compile\n"
        "run = Run(loss='mse', task='regression', hidden=(4,), epochs=1, optimizer='sgd')\n"
        "print(seconds_to_compile([run]) > 0)\n"
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
    softplus_head().made()
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
from losslab.training.engines.compiled.kernels import pieces
from losslab.training.engines.compiled.pointers import address_of
from losslab.training.run import Run

runs = [Run(loss=loss, head="sigmoid", task="binary") for loss in sys.argv[1:]]
loaded = [pieces(run)["loss_gradient"].made() for run in runs]
print(*map(address_of, loaded))
"""


def test_losses_that_two_processes_have_compiled_are_two_functions_in_a_third(own_cache):
    for loss in ("mse", "l1"):
        assert run("-c", ADDRESSES, loss).returncode == 0
    assert len(set(run("-c", ADDRESSES, "mse", "l1").stdout.split())) == 2


def test_no_two_pieces_have_one_name_by_which_their_machine_code_is_found():
    """Numba adds a number that counts from 1 in every process, which tells nothing of another's."""
    found = {}
    for pair in PAIRINGS:
        for optimizer, penalty in product(OPTIMIZERS, PENALTIES):
            run = Run(
                loss=pair.loss,
                head=pair.head,
                task=pair.task,
                n_classes=3 if pair.task == "multiclass" else None,
                optimizer=optimizer,
                penalty=penalty,
                alpha=0.0 if penalty == "none" else 0.1,
            )
            for piece in kernels.pieces(run).values():
                found[piece.name] = piece
    names = set()
    for piece in found.values():
        function = piece.function()
        names.add((function.__module__, function.__qualname__, str(piece.signature)))
    assert len(names) == len(found)
