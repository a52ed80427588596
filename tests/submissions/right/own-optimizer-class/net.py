import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        hidden = [400, 200]
        sizes = [784, *hidden]
        self.hidden = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes[:-1], sizes[1:]))
        self.drops = nn.ModuleList(nn.Dropout(0.1 * (k + 1)) for k in range(len(hidden)))
        self.last = nn.Linear(sizes[-1], 10)

    def forward(self, x):
        x = x.flatten(1)
        for linear, drop in zip(self.hidden, self.drops):
            x = drop(nn.functional.relu(linear(x)))
        return self.last(x)
