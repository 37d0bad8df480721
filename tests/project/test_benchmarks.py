"""The benchmarks measure the same work, name what they leave out, and count their floors right."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.__main__ import load_workloads, main, select_installed
from benchmarks.catalog import BINARY_LOSSES, WORKLOADS, digits, table, wide
from benchmarks.floor import Floor, Peak, compute_floor, count_flops_per_row
from benchmarks.formulas import FORMULAS, compute_row_losses
from benchmarks.judge import (
    TOLERANCE,
    compute_constant_losses,
    compute_difference,
    compute_final_losses,
)
from benchmarks.options import read_options
from benchmarks.pages import render_markdown
from benchmarks.peers.catalog import PEERS
from benchmarks.requirement import REQUIREMENTS, Requirement, compute_ratio
from benchmarks.results import Results
from benchmarks.rounds import train_in_turns
from benchmarks.row import Row
from benchmarks.table import make_requirements_table, make_workload_table
from benchmarks.threads import find_fastest_threads
from benchmarks.worker import PeerError, Timing, Worker, time_training
from benchmarks.workload import Model, Workload
from losslab.core.errors import OptionError
from losslab.objectives.build import objective

PEAK = Peak(flops=1e9, usual=0.5e9, bytes=1e9)


def small(task="binary", losses=BINARY_LOSSES, epochs=12):
    """A workload that trains in an instant and that every network learns."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(75, 3)).astype(np.float32)
    signal = X[:, 0] - X[:, 1]
    y = {
        "binary": (signal > 0).astype(np.int64),
        "multiclass": np.digitize(signal, [-1.0, 1.0]),
        "regression": (signal / signal.std()).astype(np.float32),
    }[task]
    models = tuple(Model(seed=n, lr=0.01, loss=loss) for n, loss in enumerate(losses))
    return Workload(
        name="small",
        description="a table of three features",
        X=X,
        y=y,
        task=task,
        hidden=(16, 8),
        batch_size=20,
        epochs=epochs,
        models=models,
        sample=len(models),
    )


def row(peer, each, workload="small", units=1, **more):
    return Row(workload=workload, peer=peer, units=units, seconds=(each * units,), **more)


@pytest.fixture
def torch_threads():
    """Peers choose how many threads PyTorch uses; later tests must not notice."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class Contender:
    """Trains in no time, and says that it took what it was told to say."""

    compiling, note = 0.5, "a note"

    def __init__(self, name, seconds, log, fails_at=None):
        self.name, self.seconds, self.log, self.fails_at = name, iter(seconds), log, fails_at

    def train(self):
        self.log.append(self.name)
        if len(self.log) == self.fails_at:
            raise PeerError("out of memory")
        return Timing(seconds=next(self.seconds), cpu=1.0, units=2, losses={"0": 0.25})


def test_contenders_train_in_turns_and_the_warm_up_counts_apart():
    log = []
    contenders = {
        "losslab": Contender("losslab", [9, 1, 3, 2], log),
        "skorch": Contender("skorch", [8, 20, 60, 40], log),
    }
    ours, theirs = train_in_turns("small", contenders, 3, failed=pytest.fail)
    assert log == ["losslab", "skorch"] * 4
    assert (ours.first, ours.seconds, ours.each, ours.spread) == (9, (1, 3, 2), 1, (0.5, 1.5))
    assert (theirs.each, theirs.each_with_compiling, theirs.note) == (20, 20.25, "a note")


def test_a_contender_that_fails_leaves_the_race_and_is_named():
    log, failures = [], []
    contenders = {
        "losslab": Contender("losslab", [1, 1, 1], log),
        "keras": Contender("keras", [1, 1, 1], log, fails_at=4),
    }
    rows = train_in_turns("small", contenders, 2, failed=lambda *words: failures.append(words))
    assert [one.peer for one in rows] == ["losslab"]
    assert failures == [("keras", "out of memory")]


def test_peers_that_are_not_installed_are_named_and_left_out():
    said = []
    absent = replace(PEERS["skorch"], needs=("torch", "no_such_package"))
    peers = select_installed([PEERS["losslab"], absent], lambda *words: said.append(words))
    assert peers == [PEERS["losslab"]]
    assert said == [("skorch", "not installed: no_such_package")]


def test_workloads_whose_table_cannot_be_had_are_named_and_left_out(monkeypatch, tmp_path):
    (tmp_path / "titanic.csv").write_text("not the table", encoding="utf-8")
    monkeypatch.setenv("LOSSLAB_DATA", str(tmp_path))
    said = []
    works = load_workloads(list(WORKLOADS), quick=True, skip=lambda *words: said.append(words[0]))
    assert [work.name for work in works] == ["digits", "table", "wide"]
    assert said == ["single", "fleet", "compare"]


@pytest.mark.parametrize("name", WORKLOADS)
def test_workloads_are_those_of_the_table(name, real_data):
    real_data("titanic.csv")
    work = WORKLOADS[name]()
    assert work.name == name
    if isinstance(work, Workload):
        size = f"{len(work.X):,} x {work.X.shape[1]}"
        assert work.description.startswith(size)
        assert "-".join(map(str, work.hidden)) in work.description
        assert f"batch {work.batch_size}" in work.description
        assert f"{work.epochs} epochs" in work.description
        assert f"{len(work.models)} models" in work.description or len(work.models) == 1
        assert [model.seed for model in work.models] == list(range(len(work.models)))
        assert np.abs(work.X.mean(axis=0)).max() < 1e-3


def test_a_fleet_differs_in_losses_rates_and_seeds(real_data):
    real_data("titanic.csv")
    models = WORKLOADS["fleet"]().models
    assert len(set(models)) == len(models) == 64
    assert {model.loss for model in models} == set(BINARY_LOSSES)
    assert len({(model.loss, model.lr) for model in models}) == 24


@pytest.mark.parametrize("loss", sorted(FORMULAS))
def test_formulas_are_the_losses_of_the_catalogue(loss):
    task = "multiclass" if loss == "cross_entropy" else "binary"
    generator = np.random.default_rng(1)
    z = generator.normal(size=(40, 3 if task == "multiclass" else 1)) * 3
    codes = generator.integers(0, 3 if task == "multiclass" else 2, 40)
    chosen = objective(loss, task, n_classes=3 if task == "multiclass" else None)
    target = chosen.codec.encode(codes, torch.float64)
    theirs = chosen.compute_rows(torch.from_numpy(z), target)
    np.testing.assert_allclose(compute_row_losses(loss, np, z, codes, task), theirs, rtol=1e-6)


def test_the_floor_counts_forward_backward_and_the_bytes_of_adam():
    # Forward 2 a weight, gradients of weights 2, gradients of inputs 2 but for the features'.
    assert count_flops_per_row((3, 16, 8, 1)) == 4 * 3 * 16 + 6 * (16 * 8 + 8)
    work = small(epochs=2)
    floor = compute_floor(work, PEAK, cores=2)
    weights = 3 * 16 + 16 + 16 * 8 + 8 + 8 + 1
    assert work.n_parameters == weights
    assert floor.flops == 6 * 2 * 75 * count_flops_per_row(work.sizes)
    assert floor.bytes == 6 * 2 * 4 * weights * 28
    assert floor.seconds == pytest.approx((floor.flops + floor.bytes) / 2e9)


def test_the_best_constant_is_the_yardstick_of_agreement():
    work = small()
    share = work.y.mean()
    entropy = -share * np.log(share) - (1 - share) * np.log(1 - share)
    assert compute_constant_losses(work)["bce_with_logits"] == pytest.approx(entropy, abs=1e-3)
    assert compute_constant_losses(small("regression", ["mse"]))["mse"] == pytest.approx(
        1.0, abs=1e-2
    )


@pytest.mark.usefixtures("torch_threads")
@pytest.mark.parametrize(
    ("task", "losses"),
    [
        ("binary", BINARY_LOSSES),
        ("multiclass", ("cross_entropy",) * 3),
        ("regression", ("mse",) * 3),
    ],
)
def test_peers_do_the_same_work(task, losses):
    work = small(task, losses, epochs=40)
    ours = time_training(PEERS["losslab"].prepare(work))
    theirs = time_training(PEERS["pytorch_loop"].prepare(work))
    assert ours.units == theirs.units == len(losses)
    assert abs(compute_difference(work, theirs.losses, ours.losses)) < TOLERANCE
    learned = [
        ours.losses[str(n)] / compute_constant_losses(work)[loss] for n, loss in enumerate(losses)
    ]
    assert max(learned) < 0.6


@pytest.mark.usefixtures("torch_threads")
def test_a_peer_that_skips_epochs_is_marked():
    work = small("multiclass", ("cross_entropy",) * 3, epochs=40)
    ours = time_training(PEERS["losslab"].prepare(work))
    lazy = time_training(PEERS["pytorch_loop"].prepare(replace(work, epochs=3)))
    rows = [
        row("losslab", 1.0, losses=ours.losses),
        row("pytorch_loop", 0.1, losses=lazy.losses),
    ]
    shown = make_workload_table(work, rows, None)
    assert [line[-1].endswith(" !") for line in shown.lines] == [False, True]
    assert "its losses differ from losslab's by +" in shown.below[-1]


def test_another_architecture_is_refused():
    layers = [(np.zeros((3, 16)), np.zeros(16)), (np.zeros((16, 1)), np.zeros(1))]
    with pytest.raises(ValueError, match=r"needed layers \[\(3, 16\), \(16, 8\), \(8, 1\)\]"):
        compute_final_losses(small(), {0: layers})


@pytest.mark.usefixtures("torch_threads")
def test_one_network_after_the_other_means_a_sample_and_says_so():
    ready = PEERS["pytorch_loop"].prepare(replace(small(), sample=2))
    assert ready.note.startswith("2 of 6 models, scaled; ")
    assert ready.train().units == 2


@pytest.mark.usefixtures("torch_threads")
def test_scikit_learn_trains_the_networks_whose_loss_it_has():
    finished = PEERS["sklearn"].prepare(replace(small(), sample=5)).train()
    assert list(finished.losses()) == [str(BINARY_LOSSES.index("bce_with_logits"))]


def test_a_worker_trains_in_a_process_of_its_own_and_reports_failures():
    worker = Worker(PEERS["stacked"], small(epochs=1))
    try:
        timing = worker.train()
    finally:
        worker.close()
    assert timing.units == 6
    with pytest.raises(PeerError, match="KeyError: 'no'"):
        Worker(PEERS["pytorch_loop"], replace(small(), models=(Model(seed=0, lr=0.1, loss="no"),)))


@pytest.mark.parametrize(("together", "chosen"), [(1.5, 2), (1.9, 1), (4.0, 1)])
def test_all_cores_are_used_where_they_are_clearly_faster(monkeypatch, together, chosen):
    clock, threads = [0.0], []
    monkeypatch.setattr("time.perf_counter", lambda: clock[0])

    def probe():
        clock[0] += 2.0 if threads[-1] == 1 else together

    assert find_fastest_threads(probe, threads.append, 2) == threads[-1] == chosen


def test_ratios_are_of_medians_and_compiling_counts_where_asked():
    rows = [
        row("losslab", 1.0, "fleet", units=64),
        row("jax_vmap", 2.0, "fleet", units=64, compiling=192.0),
        row("skorch", 30.0, "fleet", units=4),
    ]
    alone = Requirement(workload="fleet", against="jax_vmap", at_least=1.5)
    assert compute_ratio(alone, rows, {}) == 2.0
    assert compute_ratio(replace(alone, compiling=True), rows, {}) == 5.0
    assert compute_ratio(replace(alone, against="best peer"), rows, {}) == 2.0
    assert compute_ratio(replace(alone, against="keras"), rows, {}) is None
    floor = Floor(peak=PEAK, cores=1, flops=16e9, bytes=16e9)
    assert compute_ratio(replace(alone, against="floor"), rows, {"fleet": floor}) == 0.5


def test_the_chosen_engine_is_measured_against_the_better_one():
    rows = [row("losslab", 1.0), row("compiled", 3.0), row("stacked", 0.5)]
    asked = Requirement(workload="small", against="better engine", at_least=0.9)
    assert compute_ratio(asked, rows, {}) == 0.5


def test_requirements_are_of_known_workloads_and_peers():
    assert {requirement.workload for requirement in REQUIREMENTS} == set(WORKLOADS)
    special = {"best peer", "better engine", "floor"}
    assert {requirement.against for requirement in REQUIREMENTS} - special <= set(PEERS)


def test_results_are_written_alike_for_alike_measurements(tmp_path):
    work = small()
    rows = [
        row("losslab", 1.0, losses={"0": 0.2, "1": 0.3}),
        row("jax_vmap", 12.0, compiling=2.0, losses={"0": 0.21}, note="one call"),
    ]
    floor = compute_floor(work, PEAK, cores=2)
    results = Results(
        machine={"processor": "a processor", "cores": 2},
        versions={"losslab": "0.1"},
        rounds=5,
        works=[work],
        rows=rows,
        floors={"small": floor},
        skipped=["skorch: not installed: skorch"],
    )
    folder = tmp_path / "not" / "there yet"
    results.write(folder)
    page = (folder / "results.md").read_text(encoding="utf-8")
    assert page == results.to_markdown()
    assert "| JAX vmap | 250,000 | 250,000-250,000 | 12.00 | 0.00 s | 2.00 s | 0.2100 |" in page
    assert "- JAX vmap: one call" in page
    assert page.endswith("- skorch: not installed: skorch\n")
    content = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    assert content["rows"][1]["seconds"] == [12.0]
    assert content["floors"]["small"]["seconds"] == floor.seconds
    assert {ratio["measured"] for ratio in content["ratios"]} == {None}


def test_what_was_not_reached_stands_out():
    rows = [
        row("losslab", 1.0, "single"),
        row("sklearn", 8.5, "single"),
        row("skorch", 9.0, "single"),
    ]
    shown = render_markdown(make_requirements_table(rows, {}))
    assert "| single: scikit-learn | 8 | 8.50 | yes |" in shown
    assert "| single: skorch | 20 | 9.00 | NO |" in shown


def test_all_is_measured_and_kept_unless_a_part_is_asked_for(tmp_path):
    whole = read_options([])
    assert (whole.workloads, whole.peers, whole.rounds) == (list(WORKLOADS), list(PEERS), 5)
    assert whole.out is not None
    assert read_options(["--peer", "skorch"]).out is None
    assert read_options(["--quick"]).out is None
    assert read_options(["--quick", "--out", str(tmp_path)]).out == tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--peer", "scorch"], "did you mean 'skorch'?"),
        (["--workload", "fleets"], "did you mean 'fleet'?"),
        (["--rounds", "3"], "needed --rounds of at least 5, but got 3"),
        (["--quick", "--rounds", "0"], "needed --rounds of at least 1, but got 0"),
    ],
)
def test_bad_options_are_refused_with_what_would_do(words, message):
    with pytest.raises(OptionError) as refusal:
        read_options(words)
    assert message in str(refusal.value)


def test_a_refusal_is_one_message_and_exit_code_2(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--peer", "nobody"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("error: needed the name of a peer for --peer")


def test_a_quick_workload_keeps_what_it_is():
    for work in (digits(), table(), wide()):
        quick = work.quick()
        assert (quick.sizes, quick.batch_size) == (work.sizes, work.batch_size)
        assert quick.parts < work.parts
        assert quick.take_start().n_classes == work.n_classes
