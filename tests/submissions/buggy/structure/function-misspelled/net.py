from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(784, 200), nn.Tanh(), nn.Dropout(0.1), nn.Linear(200, 10))

    def forward(self, x):
        return self.layers(x)
