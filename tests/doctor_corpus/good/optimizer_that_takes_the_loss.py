"""An optimizer whose step is given the loss and asks for the gradients itself."""

import torch
from torch import nn


class Normalised(torch.optim.Optimizer):
    def __init__(self, params, lr=0.05):
        super().__init__(params, {"lr": lr})

    def step(self, loss):
        params = [p for g in self.param_groups for p in g["params"]]
        grads = torch.autograd.grad(loss, params)
        norm = torch.stack([g.norm() for g in grads]).norm() + 1e-8
        with torch.no_grad():
            for p, g in zip(params, grads, strict=False):
                p -= self.param_groups[0]["lr"] * g / norm


torch.manual_seed(0)
net = nn.Linear(3, 1)
opt = Normalised(net.parameters())
x = torch.randn(32, 3)
for _ in range(20):
    loss = nn.functional.mse_loss(net(x), x.sum(1, keepdim=True))
    opt.step(loss)
figures = loss.item()
