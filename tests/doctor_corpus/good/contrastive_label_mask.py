import torch
from torch import nn

torch.manual_seed(0)
x, labels = torch.randn(16, 4), torch.randint(0, 3, (16,))
net = nn.Linear(4, 8)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(6):
    unit = nn.functional.normalize(net(x), dim=1)
    same = (labels.unsqueeze(1) == labels).float()
    logits = (unit @ unit.T) / 0.5
    loss = -(same * logits.log_softmax(1)).sum(1).div(same.sum(1)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
