"""Whether receivers will take the mail: what mail servers and the DNS say of a newsletter's settings."""
