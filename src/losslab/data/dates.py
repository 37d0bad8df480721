"""Dates and times, told by how they are written."""

import re
from collections.abc import Sequence

_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[ap]m)?(?: ?(?:z|utc|[+-]\d{2}:?\d{2}))?"
_WRITTEN = re.compile(rf"(?:{_DATE})(?:[t ]+{_TIME})?", re.ASCII | re.IGNORECASE)


def are_dates(texts: Sequence[str]) -> bool:
    """Whether every text is written as a date in figures, with or without a time.

    >>> are_dates(["2024-01-31", "2024-02-01 08:30"]), are_dates(["1/2/24"]), are_dates(["7.5"])
    (True, True, False)
    """
    return bool(texts) and all(_WRITTEN.fullmatch(text.strip()) for text in texts)
