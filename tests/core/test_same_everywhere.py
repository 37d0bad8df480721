"""The numbers of the compiled engine and of all around it are the same on every processor.

Other processors are stood in for by compiling for them; what this one cannot execute is skipped.
NumPy, glibc, OpenBLAS and PyTorch are told to do without what they would choose here.
"""

import json
import os
import subprocess
import sys
from functools import cache

import llvmlite.binding
import pytest

import engine_digests
import study_digests
from processes.interpreters import TESTS

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])
AVX2 = ("avx2", "bmi", "bmi2", "f16c", "fma", "lzcnt", "movbe")
AVX512 = (*AVX2, "avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")
# What each needs beyond what any 64-bit processor has, by the names of LLVM.
TARGETS = {
    # 16 bytes a vector, and fused products one by one in the C library.
    "nehalem": ("sse4.2", "popcnt"),
    "haswell": AVX2,
    "skylake-avx512": (*AVX512, "pku", "clwb"),
    "znver4": (*AVX512, "sse4a", "avx512vbmi", "avx512vnni", "avx512bf16", "vaes"),
}
# Each library's way to be told that the processor has less than it has.
PLAIN = {
    "NPY_DISABLE_CPU_FEATURES": "X86_V3 X86_V4 AVX512_ICL AVX512_SPR",
    "GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX512F,-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-FMA4",
    "OPENBLAS_CORETYPE": "Nehalem",
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
}


def missing(target):
    features = llvmlite.binding.get_host_cpu_features()
    return [name for name in TARGETS[target] if not features.get(name)]


def printed(module, environment, *words):
    """What a module of digests prints in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", module, *words],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environment,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@cache
def compiled_for(target):
    """The digests of both precisions, which share what is compiled for rows."""
    return printed("engine_digests", {"NUMBA_CPU_NAME": target, "NUMBA_CPU_FEATURES": ""})


def kept(module):
    return json.loads(module.KEPT.read_text())


def kept_digests(dtype):
    return {name: digest for name, digest in kept(engine_digests).items() if dtype in name}


def test_at_least_two_targets_run_here():
    assert sum(not missing(target) for target in TARGETS) >= 2


@DTYPES
def test_the_engine_ends_in_the_kept_bits_here(dtype):
    assert engine_digests.digests([dtype]) == kept_digests(dtype)


@DTYPES
@pytest.mark.parametrize("target", TARGETS)
def test_the_engine_ends_in_the_kept_bits_compiled_for_another_processor(target, dtype):
    if missing(target):
        pytest.skip(f"this processor cannot execute code for {target}: no {missing(target)[0]}")
    found = compiled_for(target)
    assert {name: one for name, one in found.items() if dtype in name} == kept_digests(dtype)


def test_tables_and_verdicts_have_the_kept_bits_here():
    assert study_digests.digests() == kept(study_digests)


def test_tables_and_verdicts_have_the_kept_bits_without_what_libraries_choose_here():
    assert printed("study_digests", PLAIN) == kept(study_digests)


def test_what_the_digests_leave_out_is_what_a_machine_or_a_moment_decides():
    assert study_digests.MASKED == ("references", "seconds", "versions")


def test_every_catalogue_is_gone_through():
    runs = list(engine_digests.runs())
    for catalogue, read in (
        (engine_digests.OPTIMIZERS, "optimizer"),
        (engine_digests.ACTIVATIONS, "activation"),
        (engine_digests.PENALTIES, "penalty"),
        (engine_digests.SCHEDULES, "schedule"),
    ):
        assert {getattr(run, read) for run in runs} == set(catalogue)
        combined = {(getattr(run, read), run.dtype) for run in runs}
        assert len(combined) == 2 * len(catalogue), f"every {read} in both precisions"
    assert {(run.task, run.loss, run.head) for run in runs} == {
        (pair.task, pair.loss, pair.head) for pair in engine_digests.PAIRINGS
    }
    assert {run.dropout > 0 for run in runs} == {True, False}
