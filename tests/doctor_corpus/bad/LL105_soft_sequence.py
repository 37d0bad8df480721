import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
teacher, student = nn.Linear(5, 4), nn.Linear(5, 4)
optimizer = torch.optim.Adam(student.parameters())
for _ in range(3):
    x = torch.randn(6, 7, 5)
    with torch.no_grad():
        soft = teacher(x).softmax(-1)
    loss = F.cross_entropy(student(x), soft)  # expect LL105
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
