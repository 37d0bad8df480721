"""Titanic: who survived, from class, sex, age and fare; the table of the classic exercise."""

import hashlib
import io
import os
from pathlib import Path

from losslab.core.errors import DataError
from losslab.data.dataset import Dataset, DatasetSpec
from losslab.data.files import read_bytes

URL = "https://raw.githubusercontent.com/datasciencedojo/datasets/master/titanic.csv"
SHA256 = "4a437fde05fe5264e1701a7387ac6fb75393772ba38bb2c9c566405af5af4bd7"
FILE = "titanic.csv"
FOLDER_VARIABLE = "LOSSLAB_DATA"
FEATURES = ["Pclass", "Sex", "Age", "Fare"]
TARGET = "Survived"


def load_titanic() -> Dataset:
    """Find or download the file, check its SHA-256, keep the rows without missing values."""
    import pandas as pd

    folder = os.environ.get(FOLDER_VARIABLE)
    given = Path(folder, FILE) if folder else None
    path = given if given is not None and given.is_file() else _download()
    content = bytes(read_bytes(path))
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise _make_hash_error(str(path))
    passengers = pd.read_csv(io.BytesIO(content))
    complete = passengers[[*FEATURES, TARGET]].dropna().reset_index(drop=True)
    numbers = complete[["Pclass", "Age", "Fare"]].astype("float64")
    return Dataset(
        name="titanic",
        X=numbers.assign(Sex=complete["Sex"].astype("category"))[FEATURES],
        y=complete[TARGET].to_numpy(),
        task="binary",
        classes=("0", "1"),
        target=TARGET,
        source=URL,
        notes=(f"left out {len(passengers) - len(complete)} rows of {FILE} without an age",),
    )


def _download() -> Path:
    import pooch

    folder = Path(pooch.os_cache("losslab"))
    try:
        return Path(pooch.retrieve(URL, known_hash=f"sha256:{SHA256}", fname=FILE, path=folder))
    except OSError as error:  # what requests raises, too
        raise DataError(
            f"needed {FILE} from {URL}",
            got=f"no connection or no place to keep it ({str(error)[:120]})",
            fix=f"put the file into {folder}, or into a folder named by the environment variable "
            f"{FOLDER_VARIABLE}",
        ) from error
    except ValueError as error:  # pooch compared the hash
        raise _make_hash_error("the download") from error


def _make_hash_error(where: str) -> DataError:
    return DataError(
        f"needed {FILE} with SHA-256 {SHA256[:12]}...",
        got=f"different content in {where}",
        fix=f"remove it, or put the file of {URL} there",
    )


SPEC = DatasetSpec(
    name="titanic",
    title="Passengers of the Titanic",
    task="binary",
    source=URL,
    license="not stated by its publisher; historical facts",
    n_rows=714,
    n_features=4,
    n_classes=2,
    load=load_titanic,
)
