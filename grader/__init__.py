"""An autograded homework kit: train, judge and report submissions of the MNIST perceptron assignment."""

__version__ = "0.2.0"
