import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 4))
opt = torch.optim.Adam(net.parameters())
for _ in range(4):
    x = torch.randn(32, 6)
    y = (x[:, :4] > 0).float()
    scores = net(x)
    loss = F.cross_entropy(scores, y)  # expect LL104
    opt.zero_grad()
    loss.backward()
    opt.step()
    with torch.no_grad():
        guess = F.softmax(scores, dim=1).argmax(1, keepdim=True)
        right = guess == y.argmax(1)  # expect LL403
