import torch
import torch.nn.functional as F

torch.manual_seed(0)
x, y = torch.randn(40, 4), torch.randint(0, 2, (40, 1)).float()
weight = torch.randn(1, 4, requires_grad=True)
for _ in range(5):
    p = torch.sigmoid(F.linear(x, weight))
    loss = F.binary_cross_entropy(p, y)
    (gradient,) = torch.autograd.grad(loss, weight)
    weight.data -= 0.1 * gradient
    hits = ((p > 0).float() == y).sum().item()  # expect LL402
