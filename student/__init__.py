"""The perceptron homework, in three modules.

They read handwritten digits; the other modules help to write them.

net.py, objective.py and training.py are the homework. data.py, evaluation.py and plots.py are given;
`python -m student --help` puts them to use.
"""
