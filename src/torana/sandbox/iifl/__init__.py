"""The simulated IIFL Capital: its Markets' APIs and its login, in its exact wire format. What is a choice of ours
stands in `NOTES.md`."""
