"""CTC over (T, N, C) log-probabilities with a blank, greedy decoding by hand."""

import torch
from torch import nn

torch.manual_seed(0)


class Listener(nn.Module):
    def __init__(self, classes=6):
        super().__init__()
        self.conv = nn.Conv1d(8, 16, 3, padding=1)
        self.rnn = nn.GRU(16, 16, bidirectional=True)
        self.head = nn.Linear(32, classes)

    def forward(self, x):
        h = self.conv(x).relu().permute(2, 0, 1)
        return self.head(self.rnn(h)[0]).log_softmax(2)


net = Listener()
criterion = nn.CTCLoss(blank=0, zero_infinity=True)
opt = torch.optim.Adam(net.parameters(), lr=1e-2)
sched = torch.optim.lr_scheduler.ReduceLROnPlateau(opt, patience=2)
for _epoch in range(6):
    total = 0.0
    for _ in range(4):
        x = torch.randn(5, 8, 20)
        lengths = torch.randint(2, 6, (5,))
        targets = torch.randint(1, 6, (5, 6))
        log_probs = net(x)
        loss = criterion(log_probs, targets, torch.full((5,), 20), lengths)
        opt.zero_grad()
        loss.backward()
        nn.utils.clip_grad_value_(net.parameters(), 5.0)
        opt.step()
        total += loss.item() * 5
    sched.step(total / 20)
best = log_probs.argmax(2).T
