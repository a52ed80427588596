import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin_in = nn.Linear(784, 350)
        self.lin_mid = nn.Linear(350, 350)
        self.lin_out = nn.Linear(350, 10)
        self.dp = nn.Dropout(0.3)

    def forward(self, x):
        x = torch.flatten(x, 1)
        x = self.dp(nn.functional.leaky_relu(self.lin_in(x), 0.05))
        x = self.dp(nn.functional.leaky_relu(self.lin_mid(x), 0.05))
        x = self.lin_out(x)
        return x
