import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
student = nn.Linear(4, 3).bfloat16()
optimizer = torch.optim.SGD(student.parameters(), lr=0.1)
for _ in range(6):
    scores = student(torch.randn(32, 4).bfloat16())
    teacher = scores.detach().softmax(1)
    loss = F.kl_div(scores.log_softmax(1), teacher, reduction="batchmean")
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
