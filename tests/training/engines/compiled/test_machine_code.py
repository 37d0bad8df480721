"""What the compiler made of the kernels: nothing in it that a processor may round as it likes."""

import re

import pytest
from llvmlite import binding

from losslab.objectives.catalog import PAIRINGS
from losslab.training.catalog import ACTIVATIONS, OPTIMIZERS, PENALTIES
from losslab.training.engines.compiled.jit import TARGET
from losslab.training.engines.compiled.kernels import specialize_kernels
from losslab.training.run import Run

# Emulation could not show it: estimates of 1 / x and 1 / sqrt(x) differ between vendors.
ESTIMATES = re.compile(r"\bv?(?:rcp|rsqrt)\w*")
PROCESSORS = ("haswell", "skylake-avx512", "znver4")
FLAGS = re.compile(
    r"\bf(?:add|sub|mul|div|rem|neg|cmp) (?:fast|nnan|ninf|nsz|arcp|contract|afn|reassoc)"
)
CALLS = re.compile(r'call [^@\n]*@"?([\w.$]+)"?\(')
# The square root and the fused product round once; these round as a library or a compiler likes.
ROUNDED = re.compile(
    r"llvm\.(exp|log|pow|sin|cos|tan|asin|acos|atan|sinh|cosh|tanh|ldexp|fmuladd|vector\.reduce\.f)"
)
RUNTIME = re.compile(r"NRT_|Py|_Py|numba_|_ZN|cpython|cfunc|\.numba|omp_")


def kernels():
    """Every kernel of a run over the catalogues, in float32, and the rows in float64."""
    found = {}
    for number, pair in enumerate(PAIRINGS):
        run = Run(
            loss=pair.loss,
            head=pair.head,
            task=pair.task,
            n_classes=3 if pair.task == "multiclass" else None,
            activation=[*ACTIVATIONS][number % len(ACTIVATIONS)],
            optimizer=[*OPTIMIZERS][number % len(OPTIMIZERS)],
            penalty=[*PENALTIES][number % len(PENALTIES)],
            alpha=0.0 if number % len(PENALTIES) == 0 else 0.1,
        )
        found |= {kernel.name: kernel for kernel in specialize_kernels(run).values()}
    return found


@pytest.fixture(scope="module")
def modules():
    """The optimised code of every kernel, as others link it; Numba shows none that was cached."""
    texts = {}
    for name, kernel in kernels().items():
        (compiled,) = kernel.compile().overloads.values()
        texts[name] = str(compiled.library._get_module_for_linking())
    return texts


def test_no_operation_may_be_reordered_or_fused_by_the_compiler(modules):
    found = {name: FLAGS.findall(text) for name, text in modules.items()}
    assert not any(found.values()), found
    assert "fadd" in modules["train-float32"], "there is something to look at"


def test_no_function_is_called_that_a_library_rounds(modules):
    for name, text in modules.items():
        called = {one for one in CALLS.findall(text) if not RUNTIME.match(one)}
        of_libraries = {one for one in called if not one.startswith("llvm.")} - {"sqrt", "sqrtf"}
        assert of_libraries | {one for one in called if ROUNDED.match(one)} == set(), name


@pytest.mark.parametrize("processor", PROCESSORS)
def test_no_reciprocal_or_root_is_estimated(modules, processor):
    machine = binding.Target.from_triple(TARGET.triple).create_target_machine(cpu=processor)
    for name, text in modules.items():
        assembly = machine.emit_assembly(binding.parse_assembly(text))
        assert ESTIMATES.findall(assembly) == [], name
        if name == "adam-float32":
            assert "vdivps" in assembly
            assert "vsqrtps" in assembly
