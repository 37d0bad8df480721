import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
student, teacher = nn.Linear(4, 6), nn.Linear(4, 6)
optimizer = torch.optim.Adam(student.parameters())
for _ in range(4):
    x = torch.randn(8, 5, 4)
    with torch.no_grad():
        wanted = teacher(x).softmax(-1)
    given = student(x).log_softmax(-1)
    loss = F.kl_div(given, wanted, reduction="batchmean", log_target=True)  # expect LL206
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
