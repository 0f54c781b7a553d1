"""What a source tree offers: macro expansion, registrations, op definitions, the index and its cache."""
