# what listens on this host for a look at the peers is full: see listen.py
set -eu
echo 'as a firewall that drops' >"$ETCD_TUI_ROOT/run/practice/closed"
