# path of the certificate; another one on standard input: put it there and start etcd with it
set -eu
systemctl stop etcd.service
cat >"$ETCD_TUI_ROOT$1"
# Without waiting: it is not ready before its peers take it.
systemctl start --no-block etcd.service
