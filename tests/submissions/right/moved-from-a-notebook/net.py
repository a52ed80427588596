import torch.nn as nn


def block(inputs, outputs, p):
    return nn.Sequential(nn.Linear(inputs, outputs), nn.GELU(), nn.Dropout(p))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Flatten(), block(784, 320, 0.15), block(320, 160, 0.15))
        self.head = nn.Linear(160, 10)

    def forward(self, x):
        return self.head(self.body(x))
