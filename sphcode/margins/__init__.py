"""What a set of class vectors does: exact one-vs-rest distances, nearest neighbours, the midpoint map."""
