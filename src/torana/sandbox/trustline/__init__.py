"""The simulated Trustline: the XTS platform as `sandbox/xts` has it. That the real Trustline runs it is a guess, and
connector and simulator rest on the same one."""
