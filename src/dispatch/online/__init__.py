"""Whether addresses on the web answer, many of them at once, and gently."""
