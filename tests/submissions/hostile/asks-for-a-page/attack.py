import urllib.request

from .targets import PORT

try:
    urllib.request.urlopen(f"http://127.0.0.1:{PORT}/weights.pt", timeout=0.5)
except TimeoutError:
    pass  # it was reached and did not answer
