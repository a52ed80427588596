import torch
from torch import nn


class Net(nn.Module):
    """Все нейроны с сигмоидой, как на лекции про перцептрон."""

    def __init__(self):
        super().__init__()
        self.sloj1 = nn.Linear(784, 300)
        self.sloj2 = nn.Linear(300, 10)
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        x = torch.sigmoid(self.sloj1(x.flatten(1)))
        x = self.drop(x)
        return torch.sigmoid(self.sloj2(x))
