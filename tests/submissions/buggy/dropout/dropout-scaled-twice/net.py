import torch.nn.functional as F
from torch import nn

P = 0.2


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(28 * 28, 400)
        self.fc2 = nn.Linear(400, 200)
        self.fc3 = nn.Linear(200, 10)
        self.dropout = nn.Dropout(P)

    def forward(self, x):
        x = x.view(-1, 28 * 28)
        x = self.dropout(F.relu(self.fc1(x))) / (1 - P)  # as in the lecture
        x = self.dropout(F.relu(self.fc2(x))) / (1 - P)
        return self.fc3(x)
