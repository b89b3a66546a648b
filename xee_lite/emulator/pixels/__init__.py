"""Images that compute themselves where somebody asks: sampling, masks, operators, composites, regions."""
