"""The composer's parts: each finds one thing that a good edition needs in the words of its source."""
