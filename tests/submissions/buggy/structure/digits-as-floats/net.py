import torch
import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 300)
        self.drop = nn.Dropout(0.25)
        self.out = nn.Linear(300, 10)

    def forward(self, images):
        hidden = torch.relu(self.hidden(images.view(-1, 784)))
        predicted = self.out(self.drop(hidden)).argmax(dim=1)
        return predicted.float()
