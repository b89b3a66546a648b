"""What stands between a read and the network: turns, retries, splits, and ways to end it all."""
