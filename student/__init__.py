"""A perceptron that reads handwritten digits: the homework's three modules, and what helps to write them.

net.py, objective.py and training.py are the homework. data.py, evaluation.py and plots.py are given;
`python -m student --help` puts them to use.
"""
