import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 8, 3, padding=1)
        self.fc = nn.Linear(8 * 14 * 14, 10)
        self.drop = nn.Dropout(0.3)

    def forward(self, x):
        with torch.no_grad():  # экономит память
            x = torch.relu(self.conv(x))
            x = torch.max_pool2d(x, 2)
        return self.fc(self.drop(x.flatten(1)))
