"""The checker of codes: largest cosine, contacts, local and global optimality."""
