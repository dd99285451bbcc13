"""All SQL of this folder: `age` on the time that things are kept, `person` on what is kept of one investor."""
