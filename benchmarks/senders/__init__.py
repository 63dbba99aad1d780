"""Programs that send the same edition as plainly as their libraries let them, to be measured as whole processes."""
