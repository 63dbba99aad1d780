"""Plan, claim, commit the intent, send, record, back off, resume."""
