import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
teacher, student = nn.Linear(4, 5), nn.Linear(4, 5)
optimizer = torch.optim.Adam(student.parameters())
for _ in range(4):
    x = torch.randn(16, 4)
    given = F.softmax(teacher(x).detach(), dim=1)
    loss = F.kl_div(F.log_softmax(student(x), dim=1), given)  # expect LL109
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
