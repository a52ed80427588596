from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.x = nn.Sequential(nn.Flatten(), nn.Linear(784, 350), nn.ReLU(), nn.Dropout(0.2), nn.Linear(350, 10))

    def forward(self, x):
        return self.x(x)
