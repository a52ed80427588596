import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc_a = nn.Linear(784, 400)
        self.fc_b = nn.Linear(400, 10)
        self.drop = nn.Dropout(0.25)

    def forward(self, x):
        return self.fc_b(self.drop(torch.relu(self.fc_a(x.reshape(len(x), -1)))))
