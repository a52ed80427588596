from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.flat = nn.Flatten()
        self.hidden = nn.Linear(784, 512)
        self.out = nn.Linear(512, 10)
        self.act = nn.ReLU()
        self.drop = nn.Dropout(0.2)

    def forward(self, x):
        return self.out(self.drop(self.act(self.hidden(self.flat(x)))))
