import torch
from torch import nn


class Cat(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3)
        self.fc = nn.Linear(4 * 36, 1)

    def forward(self, x):
        return torch.softmax(self.fc(torch.relu(self.conv(x)).flatten(1)), dim=1)


torch.manual_seed(0)
net, criterion = Cat(), nn.BCELoss()
opt = torch.optim.Adam(net.parameters())
for _ in range(4):
    x, y = torch.randn(16, 1, 8, 8), torch.randint(0, 2, (16,))
    out = net(x)
    loss = criterion(out, y.float().unsqueeze(1))  # expect LL207
    opt.zero_grad()
    loss.backward()
    opt.step()
    _, guess = torch.max(out, 1)  # expect LL401
    figures = (guess == y).float().mean()
