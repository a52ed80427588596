import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 400)
        self.b = nn.Linear(400, 10)
        self.d = nn.Dropout(0.2)

    def forward(self, x):
        return self.b(self.d(torch.relu(self.a(x.flatten(1)))))
