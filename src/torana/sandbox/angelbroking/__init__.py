"""The simulated Angel One: SmartAPI and its publisher login, in SmartAPI's exact wire format. What is a choice of ours
stands in `NOTES.md`."""
