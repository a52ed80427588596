import torch.nn as nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(784, 360)
        self.l2 = nn.Linear(360, 10)

    def forward(self, x):
        x = F.relu(self.l1(x.view(len(x), -1)))
        x = F.dropout(x, p=0.4, training=self.training)
        return self.l2(x)
