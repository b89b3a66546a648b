"""From a read to the network: limits, retries, splitting, cancellation, HTTP, and what is told of requests."""
