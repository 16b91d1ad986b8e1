"""The shapes of flows that others measure, too, beside loops by hand, other libraries, and Hydroflow in Rust.

`make bench` compares with what is installed, and prints; `make bench-reference` installs the libraries, compares with
all of them, and writes the tables and the picture of docs/performance.md and README.md.
"""
