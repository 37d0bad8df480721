"""The same arrays without Numba's counts of references.

Every time an array of a group is looked at, its references are counted up and down again, by
instructions that stop all others; in a small network that is a tenth of a step.
"""

from losslab.training.compiled.jit import inner
from losslab.training.compiled.state import Data, Model, Models, Room
from losslab.training.compiled.views import line, matrix


@inner
def uncounted_data(data: Data) -> Data:
    """Views of the table, which must outlive them."""
    rows, columns = data.features.shape
    return Data(
        matrix(data.features, 0, rows, columns),
        matrix(data.targets, 0, rows, data.targets.shape[1]),
        line(data.weight, 0, rows),
    )


@inner
def uncounted(room: Room, part: int, parts: int) -> Room:
    """Views of all that is in ``room`` for one of the parts, which must outlive them."""
    panel, across = len(room.panel) // parts, len(room.across) // parts
    return Room(
        line(room.before, 0, len(room.before)),
        line(room.after, 0, len(room.after)),
        line(room.slopes, 0, len(room.slopes)),
        line(room.plain, 0, len(room.plain)),
        line(room.gradient, 0, len(room.gradient)),
        line(room.turned, 0, len(room.turned)),
        line(room.panel, part * panel, panel),
        line(room.across, part * across, across),
        line(room.zeros, 0, len(room.zeros)),
        line(room.values, 0, len(room.values)),
    )


@inner
def model_of(models: Models, m: int) -> Model:
    """Views of one model of several, which must outlive them."""
    _, slots, size = models.slots.shape
    settings, penalty = models.settings.shape[1], models.penalty.shape[1]
    return Model(
        line(models.weights, m * size, size),
        matrix(models.slots, m * slots * size, slots, size),
        line(models.settings, m * settings, settings),
        line(models.penalty, m * penalty, penalty),
    )
