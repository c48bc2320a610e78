"""etcd-tui: bare Linux hosts to a TLS-secured, highly available, proven etcd cluster."""

__version__ = "0.1.0"
