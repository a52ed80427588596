import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Linear(784, 200)
        self.w2 = nn.Linear(200, 10)
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.w2(self.drop(torch.relu(self.w1(x.flatten(1)))))
