"""``losslab losses`` with a loss of the user's own, as ``module:function``."""

import json
import sys

import pytest

from losses_runner import run
from losslab.core.errors import ContractError


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    (tmp_path / "own_for_the_page.py").write_text(
        "import torch\n"
        "def quartic(prediction, target):\n"
        "    return ((prediction - target) ** 4).mean()\n"
        "weighted = torch.nn.CrossEntropyLoss(weight=torch.ones(3))\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "own_for_the_page"
    sys.modules.pop("own_for_the_page", None)


def test_a_users_own_loss_is_drawn_and_nothing_is_claimed_of_it(own_module):
    text = run(f"{own_module}:quartic")
    assert "error: prediction minus target" in text
    assert "proper" not in text
    assert "convex" not in text
    both = run(f"{own_module}:quartic", "mse")
    assert "quartic" in both
    assert "losslab losses mse shows one in full" in both


def test_a_users_own_loss_has_source_and_json_too(own_module):
    assert run(f"{own_module}:quartic", "--source").startswith("def quartic(prediction, target):")
    (told,) = json.loads(run(f"{own_module}:quartic", "--json"))["losses"]
    assert told["curves"][0]["value"][0] == 81.0


def test_a_loss_that_cannot_be_drawn_says_why(own_module):
    with pytest.raises(ContractError, match="rows of 2 outputs to be drawn") as caught:
        run(f"{own_module}:weighted")
    assert "weight" in caught.value.got
