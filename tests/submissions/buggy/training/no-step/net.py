from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.f1 = nn.Linear(784, 200)
        self.f2 = nn.Linear(200, 10)
        self.act = nn.Sigmoid()
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return self.f2(self.drop(self.act(self.f1(x.flatten(1)))))
