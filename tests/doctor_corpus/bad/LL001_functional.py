import torch
import torch.nn.functional as F

weight = torch.randn(2, 5, requires_grad=True)
out = F.linear(torch.randn(8, 4), weight)  # expect LL001
out.sum().backward()
