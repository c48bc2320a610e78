# verb: start or restart, without waiting: ready means quorum, and the others start now too
shown=$(systemctl show etcd.service -p NeedDaemonReload -p LoadState -p SubState)
case $shown in *NeedDaemonReload=yes* | *LoadState=not-found*) systemctl daemon-reload ;; esac
systemctl reset-failed etcd.service 2>/dev/null || :
verb=$1
# A unit that waits for its next attempt would not be started but wait on, and count the attempt.
case $shown in *SubState=auto-restart*) verb=restart ;; esac
# During a drill a member is down on purpose; with another one restarted, the quorum would be lost.
if [ "$verb" = restart ] && [ -e "$root/run/systemd/transient/etcd-tui-drill.service" ]; then
  die 73 "a drill is under way on this host"
fi
systemctl "$verb" --no-block etcd.service
