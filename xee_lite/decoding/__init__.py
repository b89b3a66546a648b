"""From the bytes of a reply to arrays; nothing in a reply is trusted."""
