"""Selection → files, through templates/."""
