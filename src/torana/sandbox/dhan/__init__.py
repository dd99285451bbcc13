"""The simulated Dhan: DhanHQ v2 and both of its logins, in Dhan's exact wire format. What is a choice of ours stands in
`NOTES.md`."""
