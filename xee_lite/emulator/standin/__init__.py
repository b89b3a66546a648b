"""Stand-ins for widely used datasets: their schema is real, their pixels are analytic fields."""
