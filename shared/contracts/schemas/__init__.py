"""JSON Schemas of the objects that several domains show: tweets, users, media, lists."""
