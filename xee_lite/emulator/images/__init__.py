"""What an image is, and how its bands are sampled on a grid of pixels."""
