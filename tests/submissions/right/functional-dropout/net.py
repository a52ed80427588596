import torch
import torch.nn as nn
import torch.nn.functional as F

P_DROP = 0.25


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.h1 = nn.Linear(784, 400)
        self.h2 = nn.Linear(400, 200)
        self.out = nn.Linear(200, 10)

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = F.dropout(F.relu(self.h1(x)), P_DROP, self.training)
        x = F.dropout(F.relu(self.h2(x)), P_DROP, training=self.training)
        return self.out(x)
