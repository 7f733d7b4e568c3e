"""From a start to a code near a critical point: schedules of exponents, energies, and the L-BFGS loop over them."""
