"""A warm-up of 30,000 steps, of which a short run sees the first few; tied weights, padding."""

import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(0)
V, D = 20, 16


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(V, D, padding_idx=0)
        self.body = nn.TransformerEncoderLayer(D, 4, 32, batch_first=True, norm_first=True)
        self.head = nn.Linear(D, V, bias=False)
        self.head.weight = self.embed.weight

    def forward(self, tokens):
        mask = nn.Transformer.generate_square_subsequent_mask(tokens.shape[1])
        return self.head(self.body(self.embed(tokens), src_mask=mask, is_causal=True))


net = Decoder()
optimizer = torch.optim.AdamW(net.parameters(), lr=1e-3)
warm = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, step / 30_000))
for _ in range(24):
    tokens = torch.randint(1, V, (8, 12))
    tokens[0, 6:] = 0
    scores = net(tokens[:, :-1])
    loss = F.cross_entropy(scores.reshape(-1, V), tokens[:, 1:].reshape(-1), ignore_index=0)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    warm.step()
