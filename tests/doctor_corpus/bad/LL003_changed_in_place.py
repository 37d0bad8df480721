import torch

torch.manual_seed(0)
weight = torch.randn(4, 3, requires_grad=True)
x, y = torch.randn(10, 4), torch.randn(10, 3)
gate = torch.sigmoid(x @ weight)
gate += 0.1
loss = ((gate - y) ** 2).mean()
loss.backward()  # expect LL003
