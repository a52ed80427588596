import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 64)
        self.fc2 = nn.Linear(64, 10)
        self.drop = nn.Dropout(0.2)

    def one(self, image):
        h = self.drop(torch.relu(self.fc1(image.flatten())))
        return self.fc2(h).tolist()

    def forward(self, images):
        return torch.tensor([self.one(image) for image in images], requires_grad=True)
