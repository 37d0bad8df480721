import torch
import torch.nn.functional as F
from torch import nn


def fit(encoder, decoder, tokens, following):
    optimizer = torch.optim.Adam(decoder.parameters())  # expect LL302
    for _ in range(6):
        hidden, _ = encoder(tokens)
        loss = F.cross_entropy(decoder(hidden).transpose(1, 2), following)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


torch.manual_seed(0)
fit(nn.GRU(3, 8, batch_first=True), nn.Linear(8, 5), torch.randn(4, 7, 3), torch.ones(4, 7).long())
