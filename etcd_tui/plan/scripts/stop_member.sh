# Stop our unit now and for good; a unit that is not ours is left alone.
recorded unit etcd.service || recorded file "$1" || exit 0
# The end of a drill starts etcd, so it comes first.
[ ! -e "$root/run/systemd/transient/etcd-tui-drill.service" ] || systemctl stop etcd-tui-drill.service
systemctl disable --now --quiet etcd.service 2>/dev/null || systemctl stop etcd.service 2>/dev/null || :
[ "$(systemctl show etcd.service -p MainPID | cut -d= -f2)" = 0 ] || die 70 "etcd did not stop"
