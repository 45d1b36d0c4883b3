"""From stored notifications to the channels: dispatch and workers."""
