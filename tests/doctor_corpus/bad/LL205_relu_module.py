import torch
from torch import nn

torch.manual_seed(0)
x, teacher = torch.randn(32, 4), torch.randn(32, 3).softmax(1)
net = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
criterion, optimizer = (
    nn.KLDivLoss(reduction="batchmean"),
    torch.optim.SGD(net.parameters(), lr=0.1),
)
for _ in range(4):
    loss = criterion(net(x), teacher)  # expect LL205
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
