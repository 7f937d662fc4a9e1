"""Charts from results, in one house style. Functions take frames and return figures."""
