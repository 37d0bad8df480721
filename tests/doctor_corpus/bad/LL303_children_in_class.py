import torch
import torch.nn.functional as F
from torch import nn


class Finetuner:
    def __init__(self, body, head):
        self.body, self.head = body, head
        for child in body.children():
            child.requires_grad = False  # expect LL303
        self.optimizer = torch.optim.SGD([*body.parameters(), *head.parameters()], lr=0.1)

    def step(self, image, mask):
        self.optimizer.zero_grad()
        F.cross_entropy(self.head(self.body(image)), mask).backward()
        self.optimizer.step()


torch.manual_seed(0)
body = nn.Sequential(nn.Conv2d(1, 4, 3, padding=1), nn.ReLU(), nn.Conv2d(4, 4, 1))
finetuner = Finetuner(body, nn.Conv2d(4, 3, 1))
for _ in range(3):
    finetuner.step(torch.randn(2, 1, 5, 5), torch.randint(0, 3, (2, 5, 5)))
