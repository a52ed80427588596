from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Sequential(nn.Flatten(), nn.Linear(784, 512), nn.BatchNorm1d(512), nn.ReLU())
        self.head = nn.Sequential(nn.Dropout(0.4), nn.Linear(512, 10))

    def forward(self, x):
        return self.head(self.backbone(x))
