"""The author's studio: an edition in a browser on the author's own machine, live while it is being written."""
