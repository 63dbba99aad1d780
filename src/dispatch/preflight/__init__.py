"""What would embarrass an author before readers see it: rules over an edition, each finding with place and cure."""
