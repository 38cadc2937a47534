"""A question's hits: found by words and vectors, fused, with the confidence that they answer."""
