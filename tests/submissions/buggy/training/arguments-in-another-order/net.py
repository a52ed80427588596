from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.k = nn.Sequential(nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Dropout(0.2), nn.Linear(300, 10))

    def forward(self, x):
        return self.k(x)
