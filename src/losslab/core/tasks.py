"""The tasks a model can be trained for."""

from losslab.core.errors import OptionError
from losslab.core.registry import suggest

CLASS_TASKS = ("binary", "multiclass")
NUMBER_TASKS = ("regression", "count")
TASKS = CLASS_TASKS + NUMBER_TASKS


def check_task(task: str, option: str | None = None) -> None:
    """Refuse what is not the name of a task.

    Args:
        task: the name to check.
        option: the command line option that holds it, if any.

    Raises:
        OptionError: for a name other than those in ``TASKS``.
    """
    if task not in TASKS:
        raise OptionError(
            f"needed a task{f' for --{option}' if option else ''}",
            got=repr(task),
            fix=suggest(task, TASKS),
        )
