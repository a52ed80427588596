"""Свёрточная сеть: Dropout2d обнуляет целые каналы, Dropout1d — карты признаков строк."""
import torch.nn as nn
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 12, 5, padding=2)
        self.conv2 = nn.Conv2d(12, 24, 5, padding=2)
        self.drop_maps = nn.Dropout2d(0.15)
        self.rows = nn.Conv1d(24 * 7, 48, 3, padding=1)
        self.drop_rows = nn.Dropout1d(0.1)
        self.fc = nn.Linear(48 * 7, 10)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)                    # (N, 12, 14, 14)
        x = F.max_pool2d(self.drop_maps(F.relu(self.conv2(x))), 2)    # (N, 24, 7, 7)
        x = x.reshape(len(x), 24 * 7, 7)
        x = self.drop_rows(F.leaky_relu(self.rows(x)))                # (N, 48, 7)
        return self.fc(x.flatten(1))
