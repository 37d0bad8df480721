import torch
from torch import nn

torch.manual_seed(0)
x, y = torch.randn(32, 4), torch.rand(32).round()
experts, mix = nn.Linear(4, 6), nn.Parameter(torch.zeros(1, 6))
optimizer = torch.optim.Adam([*experts.parameters(), mix])
for _ in range(6):
    opinions = experts(x).sigmoid()
    probability = nn.functional.linear(opinions, mix.softmax(1)).squeeze(1)
    loss = nn.functional.binary_cross_entropy(probability.clamp(0, 1), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
