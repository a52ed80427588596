import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Flatten(), nn.Linear(784, 320), nn.ELU(), nn.Dropout(0.2))
        self.middle = nn.ModuleList([nn.Linear(320, 320) for _ in range(2)])
        self.classifier = nn.Linear(320, 10)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                nn.init.xavier_normal_(m.weight)
                nn.init.constant_(m.bias, 0.01)

    def forward(self, x):
        x = self.encoder(x)
        for layer in self.middle:
            x = torch.nn.functional.elu(layer(x))
        return self.classifier(x)
