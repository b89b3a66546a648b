"""The REST API over HTTP: methods, requests, replies, limits, and formats."""
