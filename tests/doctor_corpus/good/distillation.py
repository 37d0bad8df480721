import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
teacher, student = nn.Linear(4, 3), nn.Linear(4, 3)
optimizer = torch.optim.Adam(student.parameters())
for _ in range(6):
    x = torch.randn(16, 4)
    with torch.no_grad():
        given = F.log_softmax(teacher(x) / 2, dim=1)
    learned = F.log_softmax(student(x) / 2, dim=1)
    loss = 4 * F.kl_div(learned, given, reduction="batchmean", log_target=True)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
