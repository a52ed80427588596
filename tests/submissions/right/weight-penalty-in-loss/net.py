import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.W1 = nn.Linear(784, 300)
        self.W2 = nn.Linear(300, 100)
        self.W3 = nn.Linear(100, 10)
        self.p1, self.p2 = 0.2, 0.1

    def forward(self, x):
        z1 = F.softplus(self.W1(x.reshape(-1, 784)))
        z1 = F.dropout(z1, self.p1, self.training)
        z2 = F.softplus(self.W2(z1))
        z2 = F.dropout(z2, self.p2, self.training)
        return self.W3(z2)
