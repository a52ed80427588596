import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(784, 256)
        self.b = nn.Linear(256, 10)
        self.drop = nn.Dropout(0.2)

    def eval(self):
        self.drop.p = 0.0       # при проверке dropout не нужен
        return super().eval()

    def forward(self, x):
        return self.b(self.drop(torch.relu(self.a(x.flatten(1)))))
