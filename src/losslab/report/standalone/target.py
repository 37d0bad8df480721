"""The target's encoding in code."""

from losslab.objectives.codec import Codec

# Elementwise losses subtract; against shape (N,) an output of shape (N, 1) would broadcast.
COLUMN = "# Shape (N, 1), as the outputs have: (N,) would broadcast with them to (N, N)."

TARGET_LINES = {
    "class_index": (
        "# The numbers of the classes, as int64 of shape (N,): neither one-hot nor float.",
        "target = torch.from_numpy(y)",
    ),
    "zero_one": (COLUMN, "target = torch.tensor(y, dtype=torch.float32).unsqueeze(1)"),
    "signs": (
        "# Signs, -1 and 1: with 0 and 1 one of the classes would have no slope to learn from.",
        COLUMN,
        "target = torch.tensor(2.0 * y - 1.0, dtype=torch.float32).unsqueeze(1)",
    ),
    "one_hot": (
        "# One column per class, as the outputs have.",
        "target = nn.functional.one_hot(torch.from_numpy(y), len(CLASSES)).float()",
    ),
    "standardized": (
        "# Mean 0 and spread 1 on the training rows, so that the learning rate suits any unit.",
        "mean, scale = y[train].mean(), y[train].std()",
        COLUMN,
        "target = torch.tensor((y - mean) / scale, dtype=torch.float32).unsqueeze(1)",
    ),
    "counts": (
        "# The counts themselves: standardised ones could be below zero.",
        COLUMN,
        "target = torch.tensor(y, dtype=torch.float32).unsqueeze(1)",
    ),
}


def target_lines(codec: Codec) -> tuple[str, ...]:
    """Write the lines from ``y`` to ``target``."""
    lines = TARGET_LINES[codec.name]
    smoothing = codec.changed.get("smoothing")
    if smoothing is None:
        return lines
    return (
        *lines,
        f"# Label smoothing: {smoothing:g} of the probability is shared by all classes.",
        f"target = (1 - {smoothing!r}) * target + {smoothing!r} / len(CLASSES)",
    )
