import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.h = nn.Linear(784, 250)
        self.o = nn.Linear(250, 10)
        self.act = nn.Tanh()
        self.drop = nn.Dropout(0.1)

    def forward(self, x):
        return self.o(self.drop(self.act(self.h(x.flatten(1)))))
