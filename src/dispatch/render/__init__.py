"""An edition and a theme to HTML and plain text, once per edition, with slots for what differs per recipient."""
