"""Who owns bytes: what an object's name, a symbol's name and a selection tell."""
