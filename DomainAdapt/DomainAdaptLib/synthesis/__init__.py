"""Label maps of random patients, and the CT images that a scanner would make of them."""
