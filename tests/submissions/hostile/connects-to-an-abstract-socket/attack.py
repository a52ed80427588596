import socket

from .targets import ABSTRACT_SOCKET

socket.socket(socket.AF_UNIX).connect("\0" + ABSTRACT_SOCKET)
