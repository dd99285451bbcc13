"""The simulated Nuvama: the vendor's session, the login of API Connect, and the equity API, in Nuvama's wire format.
What is a choice of ours stands in `NOTES.md`."""
