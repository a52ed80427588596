import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 512)
        self.fc2 = nn.Linear(512, 10)
        self.dropout = nn.Dropout(0.2

    def forward(self, x):
        x = F.relu(self.fc1(x.view(-1, 784)))
        return self.fc2(self.dropout(x))
