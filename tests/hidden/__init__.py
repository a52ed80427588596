"""The hidden tests themselves: what each says of observations made by hand, and of any whatever."""
