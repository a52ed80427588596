from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 300), nn.Linear(300, 10)
        self.d = nn.Dropout(0.3)

    def forward(self, x):
        return self.b(self.d(self.a(x.flatten(1)).relu()))
