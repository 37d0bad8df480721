import torch
from torch import nn

torch.manual_seed(0)
x = torch.randn(32, 4)
student, teacher = nn.Linear(4, 3), nn.Linear(4, 3)
criterion = nn.KLDivLoss(reduction="batchmean")
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
for _ in range(4):
    wanted = teacher(x).log_softmax(1).detach()
    loss = criterion(student(x).log_softmax(1), wanted)  # expect LL206
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
