import torch
from torch import nn

torch.manual_seed(0)
left, right = torch.randn(32, 4), torch.randn(32, 4)
same = torch.randint(0, 2, (32,))
net, criterion = nn.Linear(4, 8), nn.CosineEmbeddingLoss(margin=0.2)
optimizer = torch.optim.Adam(net.parameters())
for _ in range(4):
    optimizer.zero_grad()
    loss = criterion(net(left), net(right), same)  # expect LL107
    loss.backward()
    optimizer.step()
