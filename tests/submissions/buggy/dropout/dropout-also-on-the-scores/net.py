from torch import nn
import torch.nn.functional as F


class Layer(nn.Module):
    def __init__(self, n_in, n_out, p):
        super().__init__()
        self.linear = nn.Linear(n_in, n_out)
        self.p = p

    def forward(self, x):
        return F.dropout(F.leaky_relu(self.linear(x)), self.p, self.training)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1, self.l2, self.l3 = Layer(784, 300, 0.2), Layer(300, 100, 0.2), Layer(100, 10, 0.1)

    def forward(self, x):
        return self.l3(self.l2(self.l1(x.flatten(1))))
