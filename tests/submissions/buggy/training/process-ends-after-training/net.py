from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Sequential(nn.Flatten(), nn.Linear(784, 200), nn.ReLU(), nn.Dropout(0.2), nn.Linear(200, 10))

    def forward(self, x):
        return self.w(x)
