import torch.nn as nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.flat = nn.Flatten()
        self.a = nn.Linear(784, 600)
        self.b = nn.Linear(600, 10)
        self.prelu = nn.PReLU()
        self.do = nn.Dropout(0.35)

    def forward(self, img):
        return self.b(self.do(self.prelu(self.a(self.flat(img)))))
