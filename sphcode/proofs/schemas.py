"""Names of the file formats, with their versions: the one place where they are written."""

CODE_SCHEMA = "sphcode.code/1"
BOUND_SCHEMA = "sphcode.bound-certificate/1"
