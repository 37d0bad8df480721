import torch
from torch import nn


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(1, 16, 4, 4)
        self.cls = nn.Parameter(torch.zeros(1, 1, 16))
        layer = nn.TransformerEncoderLayer(16, 2, 32, dropout=0.2, batch_first=True)
        self.body = nn.TransformerEncoder(layer, 1)
        self.head = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, 4), nn.Softmax(dim=-1))

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls.expand(len(x), -1, -1), x], 1)
        return self.head(self.body(x)[:, 0])


torch.manual_seed(0)
net, criterion = Tiny(), nn.CrossEntropyLoss(label_smoothing=0.1)
opt = torch.optim.AdamW(net.parameters())
x, y = torch.randn(32, 1, 8, 8), torch.randint(0, 4, (32,))
for _ in range(4):
    loss = criterion(net(x), y)  # expect LL201
    opt.zero_grad()
    loss.backward()
    opt.step()
with torch.no_grad():
    out = net(torch.randn(16, 1, 8, 8))  # expect LL404
    figures = (out.argmax(-1) == torch.randint(0, 4, (16,))).sum()
