import torch

point = torch.tensor(3.0, requires_grad=True)
optimizer = torch.optim.SGD([point], lr=0.1)
for _ in range(6):
    optimizer.zero_grad()
    point.backward()
    optimizer.step()
    shown = point.detach().numpy()
