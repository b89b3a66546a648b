"""Decoding: from the bytes of a reply to arrays. Nothing in a reply is trusted."""
