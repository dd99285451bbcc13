"""The simulated HDFC Securities: the InvestRight Open API and its login, in its wire format. What is a choice of
ours stands in `NOTES.md`."""
