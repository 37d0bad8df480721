"""The scripts of the corpus, and what the doctor should find in them."""

import re

from losslab.doctor.notebook import read_cells
from processes.interpreters import TESTS

BAD = sorted((TESTS / "doctor_corpus" / "bad").glob("*.*py*"))
GOOD = sorted((TESTS / "doctor_corpus" / "good").glob("*.*py*"))


def expected(path):
    """Read the comments ``# expect LL101`` of a script or a notebook's cells, as (rule, line)."""
    if path.suffix == ".ipynb":
        texts = [cell.source for cell in read_cells(path, path.name)]
    else:
        texts = [path.read_text(encoding="utf-8")]
    return [
        (code, number)
        for text in texts
        for number, line in enumerate(text.splitlines(), 1)
        for code in re.findall(r"LL\d{3}", line.partition("# expect ")[2])
    ]
