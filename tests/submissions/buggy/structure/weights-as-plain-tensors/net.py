import torch
from torch import nn


class Net(nn.Module):
    """Веса руками, как на лекции."""

    def __init__(self):
        super().__init__()
        self.W1 = (torch.randn(784, 128) * 0.05).requires_grad_()
        self.b1 = torch.zeros(128, requires_grad=True)
        self.out = nn.Linear(128, 10)
        self.dropout = nn.Dropout(0.1)

    def forward(self, x):
        h = torch.relu(x.flatten(1) @ self.W1 + self.b1)
        return self.out(self.dropout(h))
