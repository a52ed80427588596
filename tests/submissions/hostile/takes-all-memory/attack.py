import time

blocks = []
for _ in range(60):
    blocks.append(bytearray(b"x") * (100 << 20))
time.sleep(20)
