"""An autograder for the MNIST perceptron homework. It trains, judges and reports submissions."""

__version__ = "0.2.0"
