import torch
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 512)
        self.fc2 = nn.Linear(512, 10)
        self.dropout = nn.Dropout(0.2)

    def forward(self, x):
        torch.manual_seed(42)  # reproducibility!
        x = F.relu(self.fc1(x.flatten(1)))
        x = self.dropout(x)
        return self.fc2(x)
