"""The tests; a package, so that they share the servers in fakes."""
