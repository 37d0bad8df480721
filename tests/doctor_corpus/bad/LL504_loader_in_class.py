import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset


class Trainer:
    def __init__(self, model):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters())

    def epoch(self, loader):
        for x, y in loader:
            self.optimizer.zero_grad()
            loss = nn.functional.mse_loss(self.model(x), y)  # expect LL504
            loss.backward()
            self.optimizer.step()


torch.manual_seed(0)
x = torch.randn(48, 3) * torch.tensor([1.0, 0.01, 30.0])
loader = DataLoader(TensorDataset(x, torch.randn(48, 1)), batch_size=8)
trainer = Trainer(nn.Linear(3, 1))
trainer.epoch(loader)
