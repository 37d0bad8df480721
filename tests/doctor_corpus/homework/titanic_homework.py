"""Homework: who survived? A network with one sigmoid output, trained with the L1 loss."""

import os

import pandas as pd
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

table = pd.read_csv(os.path.join(os.environ.get("LOSSLAB_DATA", "."), "titanic.csv"))
table = table[["Pclass", "Sex", "Age", "Fare", "Survived"]].dropna()
table["Sex"] = (table["Sex"] == "female").astype(float)
X = torch.tensor(table.drop(columns="Survived").to_numpy(), dtype=torch.float32)
y = torch.tensor(table["Survived"].to_numpy())
train, validation = random_split(TensorDataset(X, y), [571, 143])
train_loader = DataLoader(train, batch_size=32, shuffle=True)
validation_loader = DataLoader(validation, batch_size=32)


class SimpleMLP(nn.Module):
    def __init__(self, inputs, outputs, last):
        super().__init__()
        self.dense = nn.Sequential(
            nn.Linear(inputs, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, outputs)
        )
        self.last = last

    def forward(self, x):
        return self.last(self.dense(x))


class Trainer:
    def __init__(self, model, criterion, optimizer):
        self.model, self.criterion, self.optimizer = model, criterion, optimizer

    def train(self, loader, epochs):
        for _ in range(epochs):
            for inputs, labels in loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(inputs), labels)
                loss.backward()
                self.optimizer.step()

    def evaluate(self, loader):
        losses, right = [], 0
        self.model.eval()
        with torch.no_grad():
            for inputs, labels in loader:
                outputs = self.model(inputs)
                losses.append(self.criterion(outputs, labels).item())
                _, predicted = torch.max(outputs, 1)
                right += (predicted == labels).sum().item()
        loss, accuracy = sum(losses) / len(losses), right / len(loader.dataset)
        print(f"Validation Loss: {loss:.4f}, Accuracy: {accuracy:.4f}")  # noqa: T201


model = SimpleMLP(4, 2, nn.LogSoftmax(dim=1))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)

# The L1 loss wants one output only.
model = SimpleMLP(4, 1, nn.Sigmoid())
trainer = Trainer(model, nn.L1Loss(), optimizer)
trainer.train(train_loader, 30)
trainer.evaluate(validation_loader)
