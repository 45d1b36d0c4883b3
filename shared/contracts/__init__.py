"""Data that a domain lets others read, and objects that several show.

Each module names the owner, its tables or keys, their attributes and the promise to readers.
"""
