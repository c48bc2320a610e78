"""The wish: ClusterSpec, the answers file, its problems, and the table of etcd releases."""
