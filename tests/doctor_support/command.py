"""Runs ``losslab doctor`` as a user does, and a script with one mistake to run it on."""

import os
import subprocess
import sys

MISTAKE = """
import torch
import torch.nn.functional as F
net = torch.nn.Linear(2, 1)
optimizer = torch.optim.SGD(net.parameters(), lr=0.01)
def step():
    loss = F.mse_loss(net(torch.ones(8, 2)), torch.ones(8))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
step()
"""


def doctor(folder, *args, script=None, stdin=None, **more):
    """Run the command in a folder, with the text of a script if there is one."""
    if script is not None:
        (folder / "train.py").write_text(script, encoding="utf-8")
        args = (*args, "train.py") if "train.py" not in args else args
    return subprocess.run(
        [sys.executable, "-m", "losslab", "doctor", *args],
        cwd=folder,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"},
        **more,
    )
