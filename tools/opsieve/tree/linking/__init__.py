"""What a file of a source tree needs to link: what it includes, and which sources define that."""
