"""Data that one domain lets others read, and the objects that several show."""
