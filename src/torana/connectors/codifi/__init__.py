"""What the brokers on Codifi's platform have in common: Alice Blue's ANT API and IIFL Capital's API.

No broker by itself: a member is a folder of its own that gives a `BrokerApi` (its words and paths), a `Dialect`, and
one line for each part. `connector` has the parts, `mapping` the translation, `wire` the shapes.
"""
