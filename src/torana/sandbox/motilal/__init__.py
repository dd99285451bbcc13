"""The simulated Motilal Oswal: the MO trading API and the login of its page, in the exact wire format. What is a
choice of ours stands in `NOTES.md`."""
