import torch
from torch import nn



class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.only = nn.Linear(784, 10)

    def forward(self, x):
        return self.only(x.flatten(1)) * float("nan")
