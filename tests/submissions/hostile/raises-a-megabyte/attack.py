def deep(n):
    try:
        if n:
            deep(n - 1)
    finally:
        raise RuntimeError("=1+1 " * 200_000)


deep(100)
