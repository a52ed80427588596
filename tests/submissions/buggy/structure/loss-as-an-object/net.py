from torch import nn


class Net(nn.Module):
    def __init__(self, hidden=72):
        super().__init__()
        self.flat = nn.Flatten()
        self.hidden = nn.Linear(784, hidden)
        self.drop = nn.Dropout(0.1)
        self.out = nn.Linear(hidden, 10)

    def forward(self, x):
        return self.out(self.drop(nn.functional.gelu(self.hidden(self.flat(x)))))
