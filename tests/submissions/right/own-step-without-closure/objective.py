import torch
from torch import nn

BATCH_SIZE = 32
N_EPOCHS = 25


class HeavyBall(torch.optim.Optimizer):
    """v = m v + g, w = w - lr v, as on the slide."""

    def __init__(self, params, lr, m):
        super().__init__(params, {"lr": lr, "m": m})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is None:
                    continue
                v = self.state[w].setdefault("v", torch.zeros_like(w))
                v.mul_(group["m"]).add_(w.grad)
                w.sub_(group["lr"] * v)


def make_criterion():
    return nn.CrossEntropyLoss()


def make_optimizer(model):
    return HeavyBall(model.parameters(), lr=0.03, m=0.9)
