"""The simulated 5paisa: the Xstream API and its vendor login, in 5paisa's exact wire format. What is a choice of
ours stands in `NOTES.md`."""
