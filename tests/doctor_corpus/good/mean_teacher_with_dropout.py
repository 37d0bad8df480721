import copy

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
x, y, more = torch.randn(20, 4), torch.randint(0, 3, (20,)), torch.randn(40, 4)
student = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 3))
teacher = copy.deepcopy(student)
optimizer = torch.optim.Adam(student.parameters())
for _ in range(6):
    guess = student(more).softmax(1)
    with torch.no_grad():
        aim = teacher(more).softmax(1)
    loss = F.cross_entropy(student(x), y) + ((guess - aim) ** 2).sum(1).mean()
    loss = loss + F.mse_loss(student(more).softmax(1), aim)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for kept, new in zip(teacher.parameters(), student.parameters(), strict=True):
            kept.lerp_(new, 0.1)
