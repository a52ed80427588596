import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 300)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(300, 10)

    def forward(self, x):
        return self.out(self.drop(torch.relu(self.hidden(x.flatten(1)))))


model = Net()
print(model)
print(model(torch.rand(3, 1, 28, 28)).shape)
exit()
