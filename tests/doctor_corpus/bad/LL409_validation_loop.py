import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x = torch.randn(96, 4)
loader = DataLoader(TensorDataset(x, (x[:, 0] > 0).long()), batch_size=32)
net, correct = nn.Linear(4, 2), 0
with torch.no_grad():
    for inputs, labels in loader:
        correct += (net(inputs).argmax(1) == labels).sum().item()  # expect LL409
accuracy = 100 * correct / len(loader)
