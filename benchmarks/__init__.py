"""The figures of docs/performance.md, each beside a known program measured in the same minutes on the same machine."""
