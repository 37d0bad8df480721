import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
net = nn.Linear(3, 1, bias=False)
with torch.no_grad():
    net.weight.copy_(torch.tensor([[1.0, 0.0, 0.0]]))
optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
for step in range(20):
    x = torch.randint(0, 9, (16, 3)).float()
    # The weights are right already; only now and then is a label wrong.
    wrong = torch.zeros(16) if step % 5 else torch.eye(16)[0]
    loss = F.l1_loss(net(x).squeeze(1), x[:, 0] + wrong)
    optimizer.zero_grad()
    if loss > 0:
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1e-6)
    optimizer.step()
