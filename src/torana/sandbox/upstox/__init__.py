"""The simulated Upstox: API v2 and v3, the login dialog and UpLink Business, in Upstox's exact wire format. What is a
choice of ours stands in `NOTES.md`."""
