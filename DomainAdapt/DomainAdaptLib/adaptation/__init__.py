"""Making a model work on images of a scanner that it has never seen."""
