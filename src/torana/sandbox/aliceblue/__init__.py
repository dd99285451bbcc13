"""The simulated Alice Blue: the ANT API (A3) and its login, in its exact wire format. What is a choice of ours
stands in `NOTES.md`."""
