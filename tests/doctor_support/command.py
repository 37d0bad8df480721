"""Runs ``losslab doctor`` as a user does, and a script with one mistake to run it on."""

import os
from pathlib import Path

import torch

from processes.interpreters import run, start

QUIET = {"PYTHONWARNINGS": "ignore"}
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


def doctor(folder, *args, script=None, **more):
    """Run the command in a folder, with the text of a script if there is one."""
    args = written(folder, args, script)
    return run("-m", "losslab", "doctor", *args, folder=folder, env=QUIET, **more)


def doctor_running(folder, *args, script=None, **more):
    """Start the command, for a ``with`` statement."""
    args = written(folder, args, script)
    return start("-m", "losslab", "doctor", *args, folder=folder, env=QUIET, **more)


def without_places(text, *folders):
    """Leave out of a traceback where its files lie: a clone's folder may have our name."""
    for folder in (*folders, Path(torch.__file__).parents[1], Path(os.__file__).parent):
        text = text.replace(str(folder), "")
    return text


def written(folder, args, script):
    """Write the script, and name it among the arguments."""
    if script is None:
        return args
    (folder / "train.py").write_text(script, encoding="utf-8")
    return args if "train.py" in args else (*args, "train.py")
