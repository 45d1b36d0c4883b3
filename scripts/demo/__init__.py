"""The demo community: who it is, what it says, and the pictures it shows."""
