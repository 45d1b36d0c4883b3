"""The local gateway, the local HTTP server of an app, and the TLS front."""
