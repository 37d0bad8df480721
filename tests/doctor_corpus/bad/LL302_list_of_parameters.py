import torch
from torch import nn


class Polynomial(nn.Module):
    def __init__(self, degree):
        super().__init__()
        self.weights = {power: nn.Parameter(torch.randn(1)) for power in range(1, degree + 1)}
        self.bias = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return sum(weight * x**power for power, weight in self.weights.items()) + self.bias


torch.manual_seed(0)
model = Polynomial(3)
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)  # expect LL302
x = torch.linspace(-1, 1, 20)


def train_one_step():
    optimizer.zero_grad()
    ((model(x) - x.sin()) ** 2).mean().backward()
    optimizer.step()


for _ in range(5):
    train_one_step()
