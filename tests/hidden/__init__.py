"""Tests of the hidden tests. They judge observations made by hand, and arbitrary ones."""
