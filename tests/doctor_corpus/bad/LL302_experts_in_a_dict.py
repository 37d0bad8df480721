import torch
from torch import nn


class Mixture(nn.Module):
    def __init__(self):
        super().__init__()
        self.experts = {k: nn.Linear(4, 8) for k in ("a", "b")}
        self.gate, self.head = nn.Linear(4, 2), nn.Linear(8, 1)
        self.gate.requires_grad = False  # expect LL303

    def forward(self, x):
        w = self.gate(x).softmax(-1)
        both = torch.stack([e(x).relu() for e in self.experts.values()], 1)
        return self.head((w.unsqueeze(-1) * both).sum(1)).squeeze(-1)


torch.manual_seed(0)
net = Mixture()
net.head.requires_grad = False  # expect LL303
opt = torch.optim.Adam(net.parameters(), lr=1e-2)  # expect LL302
for _ in range(6):
    x = torch.randn(16, 4)
    loss = (net(x) - x.sum(1)).pow(2).mean()
    opt.zero_grad()
    loss.backward()
    opt.step()
