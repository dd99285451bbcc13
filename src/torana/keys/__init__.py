"""The encryption keys of an installation: what each has sealed, and sealing anew."""
