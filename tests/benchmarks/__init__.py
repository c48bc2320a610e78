"""How fast etcd-tui is, as ratios to scripts that do the least possible work."""
