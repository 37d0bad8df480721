import torch
import torch.nn.functional as F

torch.manual_seed(0)
pixels = torch.randint(0, 256, (64, 20)).float()
labels = torch.randint(0, 2, (64,)).float()
weight = (torch.rand(1, 20) + 0.5).requires_grad_()
bias = torch.zeros(1, requires_grad=True)
optimizer = torch.optim.Adam([weight, bias], lr=1e-3)
for _ in range(30):
    probability = torch.sigmoid(F.linear(pixels, weight, bias)).squeeze(1)  # expect LL312
    loss = F.binary_cross_entropy(probability, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
