from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.n = nn.Sequential(nn.Flatten(), nn.Linear(784, 200), nn.SELU(), nn.Dropout(0.1), nn.Linear(200, 10))

    def forward(self, x):
        return self.n(x)
