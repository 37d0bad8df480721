"""``%load_ext losslab``: cells are watched in turn; tried on a shell that is made up."""

from types import SimpleNamespace

import pytest
from torch.overrides import _get_current_function_mode_stack as modes

import losslab

SETUP = "import torch\nimport torch.nn.functional as F\nnet = torch.nn.Linear(2, 1)"
WRONG = "x = torch.ones(8, 2)\nF.mse_loss(net(x), torch.ones(8)).backward()"


class Shell:
    """What the extension uses of IPython's shell: events, magics and names of cells."""

    def __init__(self):
        self.callbacks = {"pre_run_cell": [], "post_run_cell": []}
        self.events = SimpleNamespace(
            register=lambda name, function: self.callbacks[name].append(function),
            unregister=lambda name, function: self.callbacks[name].remove(function),
        )
        self.compile = SimpleNamespace(format_code_name=self.label)
        self.names, self.cells, self.magics = {}, 0, {}

    def label(self, name):
        number = name.removeprefix("<cell-").removesuffix(">")
        return ("Cell", f"In[{number}]") if number.isdigit() else None

    def register_magic_function(self, function, kind, name):
        self.magics[name] = (kind, function)

    def run_cell(self, text):
        self.cells += 1
        for callback in list(self.callbacks["pre_run_cell"]):
            callback(SimpleNamespace(raw_cell=text))
        error = None
        try:
            exec(compile(text, f"<cell-{self.cells}>", "exec"), self.names)
        except Exception as raised:
            error = raised
        for callback in list(self.callbacks["post_run_cell"]):
            callback(SimpleNamespace(error_in_exec=error))
        return error


@pytest.fixture
def shell(capsys):
    made = Shell()
    losslab.load_ipython_extension(made)
    assert "watches the cells" in capsys.readouterr().out
    yield made
    losslab.unload_ipython_extension(made)


pytestmark = pytest.mark.filterwarnings("ignore:Using a target size")


def test_a_finding_is_printed_below_its_cell_and_once(shell, capsys):
    shell.run_cell(SETUP)
    assert capsys.readouterr().out == ""
    shell.run_cell(WRONG)
    out = capsys.readouterr().out
    assert out.startswith("Cell In[2] line 2: error LL101 silent-broadcast\n")
    shell.run_cell("3 + 4")
    assert capsys.readouterr().out == ""


def test_evidence_is_collected_over_cells(shell, capsys):
    shell.run_cell(SETUP + "\noptimizer = torch.optim.SGD(net.parameters(), lr=0.1)")
    shell.run_cell("net = torch.nn.Linear(2, 1)")
    for _ in range(3):
        shell.run_cell(
            "optimizer.zero_grad()\nnet(torch.ones(8, 2)).sum().backward()\noptimizer.step()"
        )
    assert "Cell In[1] line 4: error LL301" in capsys.readouterr().out


def test_a_cell_that_raises_is_diagnosed(shell, capsys):
    shell.run_cell(SETUP)
    assert isinstance(shell.run_cell("net(torch.ones(8, 3))"), RuntimeError)
    assert "Cell In[2] line 1: error LL001" in capsys.readouterr().out


def test_the_magic_shows_the_whole_report(shell, capsys):
    shell.run_cell(SETUP)
    kind, magic = shell.magics["doctor"]
    magic("")
    out = capsys.readouterr().out
    assert kind == "line"
    assert "Found: nothing." in out
    assert "nothing about training was checked" in out


def test_between_cells_and_after_unloading_nothing_is_watched(shell, capsys):
    shell.run_cell(SETUP)
    assert modes() == []
    losslab.unload_ipython_extension(shell)
    shell.run_cell(WRONG)
    assert capsys.readouterr().out == ""
    assert shell.callbacks == {"pre_run_cell": [], "post_run_cell": []}


def test_loading_twice_watches_once_and_a_cell_that_runs_another_is_one_cell(shell, capsys):
    losslab.load_ipython_extension(shell)
    assert len(shell.callbacks["pre_run_cell"]) == 1
    shell.names["shell"] = shell
    shell.run_cell(SETUP)
    shell.run_cell(f"shell.run_cell({WRONG!r})")
    assert capsys.readouterr().out.count("LL101") == 1
    assert modes() == []
