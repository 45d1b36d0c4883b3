"""The inbox: its entries, its unread count and its pages."""
