# observe: how long small synced writes take where the data folder $1 will be; at most 0.3 s, 92 KB.
near=${ETCD_TUI_ROOT-}$1
while [ ! -d "$near" ]; do near=${near%/*}; near=${near:-/}; done
file=$(mktemp "$near/.etcd-tui.XXXXXX") || exit 0
trap 'rm -f "$file"' EXIT
trap 'exit 129' HUP INT TERM PIPE
exec 8>"$file"
# Without a name it is gone with the last process that has it open, whatever happens.
rm -f "$file" && trap - EXIT
timeout -s INT -k 1 0.3 \
  dd if=/dev/zero of=/proc/self/fd/8 bs=2300 count=40 oflag=dsync conv=notrunc 2>&1
exit 0
