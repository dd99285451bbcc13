"""Simulated Zerodha: Kite Connect v3. Facts: Kite Connect v3 documentation; where it is silent, the module says so."""
