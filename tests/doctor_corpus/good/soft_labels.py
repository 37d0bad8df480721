import torch
from torch import nn

torch.manual_seed(0)
x, soft = torch.randn(48, 4), torch.rand(48, 3).softmax(1)
net = nn.Linear(4, 3)
criterion = nn.CrossEntropyLoss(label_smoothing=0.1)
optimizer = torch.optim.AdamW(net.parameters())
for _ in range(6):
    optimizer.zero_grad(set_to_none=False)
    criterion(net(x), soft).backward()
    optimizer.step()
