import torch
from torch import nn

torch.manual_seed(0)
net = nn.Linear(4, 5)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(3):
    wanted = torch.randn(4, 7, 5).softmax(-1)
    given = -net(torch.randn(4, 7, 4)).pow(2) / 10
    loss = nn.KLDivLoss(reduction="batchmean")(given, wanted)  # expect LL212
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
