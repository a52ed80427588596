import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(784, 512)
        self.l2 = nn.Linear(512, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.l2(self.drop(torch.relu(self.l1(x.flatten(1)))))
