import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer_1 = nn.Linear(784, 128)
        self.layer_2 = nn.Linear(128, 10)
        self.dropout = nn.Dropout(p=0.2)

    def forward(self, x):
        x = x.reshape(-1, 784)
        x = torch.relu(self.layer_1(x))
        return self.layer_2(self.dropout(x))
