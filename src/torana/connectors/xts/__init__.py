"""What the brokers on Symphony's XTS platform have in common: its Interactive API, and the login of a third party.

No broker by itself: a member is a folder of its own that says where the platform is, and takes the parts as they are.
`connector` has the parts, `mapping` the translation, `wire` the shapes. The platform's documentation cannot be read by
everybody: what is said of it comes from its official Python client and from programs that work with brokers on it.
"""
