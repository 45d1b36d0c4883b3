"""Whether, when and how a recipient wants a notification in each channel."""
