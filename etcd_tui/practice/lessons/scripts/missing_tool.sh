# take tar out of this host's PATH
set -eu
mv "${ETCD_TUI_PATH%%:*}/tar" "$ETCD_TUI_ROOT/opt/tar"
