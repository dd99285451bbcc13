"""The simulated Axis Direct: its RAPID APIs in their envelope. What is a choice of ours stands in `NOTES.md`."""
