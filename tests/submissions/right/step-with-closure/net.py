from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.f = nn.Flatten()
        self.h = nn.Linear(784, 512)
        self.d = nn.Dropout(0.2)
        self.o = nn.Linear(512, 10)

    def forward(self, x):
        return self.o(self.d(self.h(self.f(x)).relu()))
