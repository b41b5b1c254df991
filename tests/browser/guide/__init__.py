"""What `make guide` runs: the same walks as the tests, with a camera. pytest never collects it."""
