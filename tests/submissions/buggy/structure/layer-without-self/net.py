import torch
from torch import nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 64)
        self.drop = nn.Dropout(0.2)
        self.fc2 = nn.Linear(64, 10)
    def forward(self, x):
        return fc2(self.drop(torch.relu(self.fc1(x.flatten(1)))))
