from torch import nn


class Net(nn.Module):
    def __init__(self, widths=(784, 512, 256), ps=(0.2, 0.3)):
        super().__init__()
        self.linears = nn.ModuleList([nn.Linear(a, b) for a, b in zip(widths[:-1], widths[1:])])
        self.dropouts = [nn.Dropout(p) for p in ps]  # no parameters, so a list will do
        self.relu = nn.ReLU()
        self.output = nn.Linear(widths[-1], 10)

    def forward(self, x):
        x = x.flatten(1)
        for linear, dropout in zip(self.linears, self.dropouts):
            x = dropout(self.relu(linear(x)))
        return self.output(x)
