import torch
import torch.nn.functional as F

torch.manual_seed(0)
weight = (10 * torch.randn(4, 30)).requires_grad_()
x, y = torch.randn(16, 30), torch.randint(0, 4, (16,))
loss = F.cross_entropy(F.linear(x, weight), y)  # expect LL502
loss.backward()
