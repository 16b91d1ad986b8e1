"""Systems as files for tools that run programs on machines: compose, Kubernetes, systemd."""
