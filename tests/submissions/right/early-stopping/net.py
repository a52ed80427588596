import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_layer = nn.Linear(784, 512)
        self.output_layer = nn.Linear(512, 10)
        self.dropout = nn.Dropout(0.5)

    def forward(self, x):
        x = torch.relu(self.input_layer(torch.flatten(x, 1)))
        return self.output_layer(self.dropout(x))
