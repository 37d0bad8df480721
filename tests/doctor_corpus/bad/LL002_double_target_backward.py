import torch
import torch.nn.functional as F

torch.manual_seed(0)
weight = torch.randn(1, 4, requires_grad=True)
x, y = torch.randn(16, 4), torch.randn(16, 1, dtype=torch.float64)
loss = F.huber_loss(F.linear(x, weight), y)  # expect LL002
loss.backward()
