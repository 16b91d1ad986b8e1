"""The partitioned graph as a picture: DOT, Mermaid, SVG."""
