"""A notebook was saved after its cells were run in another order than they appear in.

What it finds:
    A cell saved with a lower number, ``In [3]``, than a cell above it. Numbers that are missing or
    left out are fine.

Why it hurts:
    The results saved in the notebook come from an order that is no longer visible. From top to
    bottom, as it was run here, it may give others, or none.

Bad:
    In [2]: net = nn.Linear(4, 1)
    In [1]: loss = F.mse_loss(net(x).squeeze(1), values)

Good:
    In [1]: net = nn.Linear(4, 1)
    In [2]: loss = F.mse_loss(net(x).squeeze(1), values)

Blind spots:
    Cells that were edited after they were run. Notebooks saved without their numbers.
"""

from collections.abc import Iterator

from losslab.doctor.events import NotebookOpened
from losslab.doctor.notebook import find_out_of_order
from losslab.doctor.rule import Diagnostic, NoMemory, Place, Rule, WatchState


def on_opened(event: NotebookOpened, state: WatchState, memory: NoMemory) -> Iterator[Diagnostic]:
    """Compare the numbers that the cells were saved with."""
    found = list(find_out_of_order(event.cells))
    if found:
        above, higher, name, count = found[0]
        yield Diagnostic(
            place=Place(name, 1, direct=True),
            message=f"saved as In [{count}], below {above}, which was saved as In [{higher}]: "
            f"{len(found)} of {len(event.cells)} cells of code were run before one above them",
            fix="restart the kernel, run all cells, and save",
        )


RULE = Rule(
    code="LL601",
    name="cells-run-out-of-order",
    severity="advice",
    page=__doc__,
    handlers={NotebookOpened: on_opened},
)
