import torch

torch.manual_seed(0)
loader = list(torch.randint(0, 2, (6, 16)))
total, ones = 0, 0
for labels in loader:
    total += len(labels)
    ones += labels.sum().item()
# So many positives has a batch; no predictions are compared.
per_batch, share = ones / len(loader), ones / total
