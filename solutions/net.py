"""The network: a multilayer perceptron. It goes from the pixels of an image to one score per digit."""

import torch
from torch import Tensor, nn


class Net(nn.Module):
    """Reads handwritten digits.

    784 pixels → hidden layers with ReLU and dropout → 10 scores.

    The example of the course is 784 → 512 → 512 → 10 with dropout 0.2. Any network that keeps the shapes below
    is welcome.
    """

    def __init__(self) -> None:
        super().__init__()
        # TODO: create the layers here and keep each as an attribute of `self`, so that `parameters()` finds it.
        # Hints: nn.Flatten, nn.Linear(784, 512), nn.ReLU, nn.Dropout(0.2); nn.Sequential strings them together.
        # The last layer gives 10 numbers and has neither ReLU nor dropout after it: they are the scores.
        ### BEGIN SOLUTION
        self.layers = nn.Sequential(
            nn.Flatten(),  # (N, 1, 28, 28) → (N, 784)
            nn.Linear(28 * 28, 512),  # (N, 512)
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(512, 512),  # (N, 512)
            nn.ReLU(),
            nn.Dropout(0.2),
            nn.Linear(512, 10),  # (N, 10)
        )
        for layer in self.layers:
            if isinstance(layer, nn.Linear):
                # He et al. 2015: variance 2/fan-in, so that a signal halved by ReLU keeps its size from layer to layer
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        ### END SOLUTION

    def forward(self, images: Tensor) -> Tensor:
        """Score each image against the ten digits.

        Args:
            images: float32 (N, 1, 28, 28), pixels in [0, 1]; any N ≥ 1.

        Returns:
            Scores (N, 10). They are no probabilities yet: the larger, the more the image looks like that digit.
        """
        # TODO: send the images through the layers and return the scores.
        # Hint: no loop over the images: every layer works on the whole batch at once.
        ### BEGIN SOLUTION
        scores: Tensor = self.layers(images)  # (N, 10)
        return scores
        ### END SOLUTION


if __name__ == "__main__":
    net = Net()
    print(net)
    print("scores:", tuple(net(torch.rand(16, 1, 28, 28)).shape), "should be (16, 10)")
