"""Floor 4: receives webhook deliveries over HTTP: verified, told apart, saved, passed on."""
