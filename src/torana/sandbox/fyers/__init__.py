"""The simulated Fyers: API v3 and its login page, in Fyers' exact wire format. What is a choice of ours stands in
`NOTES.md`."""
