# let df count what lies in this host's folder against 1 GiB, of which a log takes 900 MiB
set -eu
df=${ETCD_TUI_PATH%%:*}/df
real=$(readlink "$df")
mkdir -p "$ETCD_TUI_ROOT/var/log"
dd if=/dev/null of="$ETCD_TUI_ROOT/var/log/debug.log" bs=1048576 seek=900 2>/dev/null
rm "$df"
cat >"$df" <<EOF
#!/bin/sh
case "\$1" in *i*) exec "$real" "\$@" ;; esac
used=\$(du -sk --apparent-size "$ETCD_TUI_ROOT" 2>/dev/null)
"$real" "\$@" | awk -v used="\${used%%[!0-9]*}" -v size=1048576 '
  NR > 1 { free = size > used ? size - used : 0; \$2 = size; \$3 = used; \$4 = free; \$5 = int(100 * used / size) "%" }
  { print }'
EOF
chmod 755 "$df"
