"""What expressions compute with besides pixels: collections, features, filters, reducers, dates, geometries."""
