"""JSON Schemas of objects that several domains show."""
