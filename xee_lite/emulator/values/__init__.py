"""Values of expressions besides pixels: collections, features, filters, dates, arrays, kernels."""
