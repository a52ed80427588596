import socket

from .targets import UNIX_SOCKET

socket.socket(socket.AF_UNIX).connect(UNIX_SOCKET)
