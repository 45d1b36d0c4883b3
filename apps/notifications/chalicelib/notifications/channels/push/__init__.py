"""Push notifications of iOS and Android."""
