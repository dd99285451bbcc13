"""The simulated Samco: Trade API v3.2, in Samco's exact wire format. What is a choice of ours stands in `NOTES.md`."""
