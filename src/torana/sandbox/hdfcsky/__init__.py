"""The simulated HDFC Sky: the Sky Open API and its login, in its wire format. What is a choice of ours stands in
`NOTES.md`."""
