"""Captures: published ones, those that tests make, and mutilated ones."""
