# address; etcd's program on standard input: run it as a cluster of its own until it has data
set -eu
old=$ETCD_TUI_ROOT/root/old
mkdir -p "$old"
cat >"$old/etcd"
chmod 755 "$old/etcd"
"$old/etcd" --name old --data-dir "$ETCD_TUI_ROOT/var/lib/etcd" \
  --listen-client-urls "http://$1:2379" --advertise-client-urls "http://$1:2379" \
  --listen-peer-urls "http://$1:2380" --initial-advertise-peer-urls "http://$1:2380" \
  --initial-cluster "old=http://$1:2380" --initial-cluster-token old >"$old/log" 2>&1 &
ran=$!
until grep -q 'ready to serve client requests' "$old/log"; do
  kill -0 "$ran" || { tail -n 1 "$old/log" >&2; exit 1; }
  sleep 0.05
done
kill "$ran"
wait "$ran" || :
rm -r "$old"
